import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Empty, Segmented, Skeleton } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '../../api/fhir';
import { Failure } from '../../components/Failure';
import { Page } from '../../components/Page';
import { displayName, shownDate } from '../patient/person';
import { GradeTag } from './GradeTag';
import { PairDetail } from './PairDetail';
import { type Pair, STATES, type State, queueOf } from './queue';

const PAGE = 50;
const keyOf = (pair: Pair) => `${pair.one.id}/${pair.two.id}`;

function useQueue(status: State, language: string) {
  return useInfiniteQuery({
    queryKey: ['match-queue', status, language],
    initialPageParam: 0,
    queryFn: async ({ pageParam, signal }) =>
      queueOf(
        await get<fhir4.Parameters>(
          `$match-queue?status=${status}&count=${PAGE}&offset=${pageParam}`,
          language,
          signal,
        ),
      ),
    getNextPageParam: (last, pages) => (last.more ? pages.length * PAGE : undefined),
  });
}

/** Pairs of records that may be one person: somebody looks at both and says what they are. */
export function MatchReview() {
  const { t, i18n } = useTranslation();
  const [status, setStatus] = useState<State>('open');
  const [chosen, setChosen] = useState<string | null>(null);
  const query = useQueue(status, i18n.language);
  const pairs = (query.data?.pages ?? []).flatMap((page) => page.pairs);
  const hidden = (query.data?.pages ?? []).reduce((sum, page) => sum + page.hidden, 0);
  const pair = pairs.find((one) => keyOf(one) === chosen) ?? pairs[0];
  return (
    <Page
      wide
      title={t('match.title')}
      intro={t('match.intro')}
      extra={
        <Segmented
          name="status"
          aria-label={t('match.which')}
          value={status}
          options={STATES.map((value) => ({ value, label: t(`match.states.${value}`) }))}
          onChange={setStatus}
        />
      }
    >
      {query.isPending && <Skeleton active paragraph={{ rows: 8 }} />}
      {query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && !pair && (
        <Empty
          image={Empty.PRESENTED_IMAGE_SIMPLE}
          description={t(status === 'open' ? 'match.allDone' : 'match.none')}
        />
      )}
      {pair && (
        <div className="list-and-detail wide-detail">
          <section className="panel" aria-label={t('match.title')}>
            <ul className="choices">
              {pairs.map((one) => (
                <li key={keyOf(one)}>
                  <button
                    type="button"
                    aria-pressed={one === pair}
                    onClick={() => setChosen(keyOf(one))}
                  >
                    <Line pair={one} />
                  </button>
                </li>
              ))}
            </ul>
            {query.hasNextPage && (
              <Button block type="dashed" onClick={() => void query.fetchNextPage()}>
                {t('catalogue.more')}
              </Button>
            )}
          </section>
          <PairDetail key={keyOf(pair)} pair={pair} />
        </div>
      )}
      {hidden > 0 && <p className="quiet">{t('match.hidden', { count: hidden })}</p>}
    </Page>
  );
}

function Line({ pair }: { pair: Pair }) {
  const { t, i18n } = useTranslation();
  const name = (patient: fhir4.Patient) =>
    displayName(patient.name, i18n.language) ?? t('patient.unnamed');
  return (
    <span className="pair-line">
      <span>
        <strong>{name(pair.one)}</strong> ↔ <strong>{name(pair.two)}</strong>
        <br />
        <span className="quiet figures">
          {shownDate(pair.one.birthDate)} · {shownDate(pair.two.birthDate)}
        </span>
      </span>
      <GradeTag grade={pair.grade} />
    </span>
  );
}
