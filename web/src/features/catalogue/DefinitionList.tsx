import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Empty, Skeleton } from 'antd';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, matches, nextPage } from '../../api/fhir';
import { Failure } from '../../components/Failure';
import { DefinitionDetail } from './DefinitionDetail';
import { StateTag } from './StateTag';
import { type Definition, type Searched, searchFor } from './catalogues';
import { codeOf, stateOf, titleOf } from './entry';

/** A searched catalogue: the entries that fit at the left, the chosen one at the right. */
export function DefinitionList({ catalogue, text }: { catalogue: Searched; text: string }) {
  const { t, i18n } = useTranslation();
  const [chosen, setChosen] = useState<string | null>(null);
  const path = searchFor(catalogue, useDeferredValue(text));
  const query = useInfiniteQuery({
    queryKey: ['catalogue', path, i18n.language],
    initialPageParam: path,
    queryFn: ({ pageParam, signal }) => get<fhir4.Bundle>(pageParam, i18n.language, signal),
    getNextPageParam: (last) => nextPage(last),
    placeholderData: (previous) => previous,
  });
  const list = (query.data?.pages ?? []).flatMap((page) => matches<Definition>(page));
  const entry = list.find((one) => one.id === chosen) ?? list[0];
  if (query.isPending) return <Skeleton active paragraph={{ rows: 8 }} />;
  if (query.isError) {
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (!entry) {
    return (
      <Empty
        image={Empty.PRESENTED_IMAGE_SIMPLE}
        description={t(text ? 'catalogue.none' : 'catalogue.empty', { text })}
      />
    );
  }
  return (
    <div className="list-and-detail">
      <section className="panel" aria-label={t(`catalogue.${catalogue.code}`)}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('catalogue.name')}</th>
              <th scope="col">{t('catalogue.code')}</th>
              <th scope="col">{t('catalogue.state')}</th>
            </tr>
          </thead>
          <tbody>
            {list.map((one) => (
              <tr key={one.id} className={one.id === entry.id ? 'selected' : ''}>
                <th scope="row">
                  <button
                    type="button"
                    className="plain"
                    aria-pressed={one.id === entry.id}
                    onClick={() => setChosen(one.id!)}
                  >
                    {titleOf(one, i18n.language)}
                  </button>
                </th>
                <td className="figures quiet">{codeOf(one)}</td>
                <td>
                  <StateTag state={stateOf(one)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {query.hasNextPage && (
          <Button
            block
            type="dashed"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t('catalogue.more')}
          </Button>
        )}
      </section>
      <DefinitionDetail key={entry.id} entry={entry} />
    </div>
  );
}
