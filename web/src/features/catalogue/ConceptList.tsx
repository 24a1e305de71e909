import { useQuery } from '@tanstack/react-query';
import { Empty, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { get, matches } from '../../api/fhir';
import { Failure } from '../../components/Failure';
import { Panel } from '../../components/Panel';
import { listed } from '../../components/listed';
import { fitting } from './catalogues';

/** Properties whose values are codes, which people read in words. */
const CODED = new Set(['kind', 'first-day']);

function valueOf(property: fhir4.CodeSystemConceptProperty): string {
  const { valueString, valueInteger, valueBoolean, valueCode, valueDecimal } = property;
  if (valueBoolean !== undefined) return valueBoolean ? '✓' : '–';
  return String(valueString ?? valueCode ?? valueInteger ?? valueDecimal ?? '');
}

/** A list that is a code system: its concepts with their properties, all at once. */
export function ConceptList({ system, text }: { system: string; text: string }) {
  const { t, i18n } = useTranslation();
  const query = useQuery({
    queryKey: ['catalogue', system, i18n.language],
    queryFn: async ({ signal }) => {
      const path = `CodeSystem?url=${encodeURIComponent(system)}&_count=1`;
      const bundle = await get<fhir4.Bundle>(path, i18n.language, signal);
      return matches<fhir4.CodeSystem>(bundle)[0] ?? null;
    },
  });
  if (query.isPending) return <Skeleton active paragraph={{ rows: 8 }} />;
  if (query.isError) {
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  }
  const list = fitting(query.data?.concept ?? [], text);
  if (list.length === 0) {
    return (
      <Empty
        image={Empty.PRESENTED_IMAGE_SIMPLE}
        description={t(text ? 'catalogue.none' : 'catalogue.empty', { text })}
      />
    );
  }
  const columns = (query.data?.property ?? []).map((one) => one.code);
  return (
    <Panel title={query.data?.title ?? ''} count={list.length}>
      <p className="quiet">
        {[query.data?.publisher, t('catalogue.versionIs', { version: query.data?.version })]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <div className="scroll" tabIndex={0} role="group" aria-label={query.data?.title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('catalogue.code')}</th>
              <th scope="col">{t('catalogue.name')}</th>
              <th scope="col">{t('catalogue.english')}</th>
              {columns.map((one) => (
                <th scope="col" key={one}>
                  {t(`catalogue.properties.${one}`, one)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {list.map((one) => (
              <tr key={one.code}>
                <td className="figures">{one.code}</td>
                <th scope="row">
                  <strong>{one.display}</strong>
                </th>
                <td>{one.designation?.find((each) => each.language === 'en')?.value}</td>
                {columns.map((column) => (
                  <td key={column} className="figures">
                    {listed(
                      (one.property ?? [])
                        .filter((each) => each.code === column)
                        .map(valueOf)
                        .map((value) =>
                          CODED.has(column)
                            ? t(`catalogue.values.${column}.${value}`, value)
                            : value,
                        ),
                      i18n.language,
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
