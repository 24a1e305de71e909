import { Button, Skeleton, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { matches, ofType } from '../../api/fhir';
import { Failure } from '../../components/Failure';
import { Panel } from '../../components/Panel';
import { shownTime } from '../patient/person';
import { conceptName } from './coded';
import { useEncounters } from './useChart';

function placeOf(
  encounter: fhir4.Encounter,
  organizations: Map<string, string>,
  locations: Map<string, string>,
): string {
  const provider = encounter.serviceProvider;
  const where = encounter.location?.at(-1)?.location;
  return [
    provider?.display ?? organizations.get(provider?.reference ?? ''),
    where?.display ?? locations.get(where?.reference ?? ''),
  ]
    .filter(Boolean)
    .join(' · ');
}

export function Encounters({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  const query = useEncounters(id, i18n.language);
  const pages = query.data?.pages ?? [];
  const encounters = pages.flatMap((page) => matches<fhir4.Encounter>(page));
  const organizations = new Map(
    pages
      .flatMap((page) => ofType<fhir4.Organization>(page, 'Organization'))
      .map((one) => [`Organization/${one.id}`, one.name ?? '']),
  );
  const locations = new Map(
    pages
      .flatMap((page) => ofType<fhir4.Location>(page, 'Location'))
      .map((one) => [`Location/${one.id}`, one.name ?? '']),
  );
  return (
    <Panel title={t('chart.encounters')}>
      {query.isPending && <Skeleton active />}
      {query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && encounters.length === 0 && (
        <p className="quiet">{t('chart.noEncounters')}</p>
      )}
      <ol className="encounters">
        {encounters.map((one) => (
          <li key={one.id} className="line">
            <span className="figures encounter-time">
              {shownTime(one.period?.start)}
              <span className="quiet"> – {shownTime(one.period?.end) || t('chart.ongoing')}</span>
            </span>
            <span className="line-main">
              <Tag color={one.class?.code === 'EMER' ? 'red' : 'default'}>
                {t(`encounterClass.${one.class?.code ?? ''}`, one.class?.display ?? '')}
              </Tag>
              {conceptName(one.reasonCode?.[0] ?? one.type?.[0], i18n.language)}
              <span className="quiet"> {placeOf(one, organizations, locations)}</span>
            </span>
          </li>
        ))}
      </ol>
      {query.hasNextPage && (
        <Button
          block
          type="dashed"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t('chart.older')}
        </Button>
      )}
    </Panel>
  );
}
