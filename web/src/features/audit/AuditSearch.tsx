import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Empty, Input, Select, Skeleton, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { said } from '../../api/auth';
import { get, matches, nextPage } from '../../api/fhir';
import { Failure } from '../../components/Failure';
import { Field } from '../../components/Field';
import { Page } from '../../components/Page';
import { type Chosen, ReferencePicker } from '../../components/ReferencePicker';
import { localDay, localTime } from '../../components/time';
import { readDate } from '../registration/identity';
import { mayOpen, seesPatients } from '../session/pages';
import { useSession } from '../session/session';
import { readRoles } from '../users/accounts';
import { type Line, lineOf, searchFor } from './event';

const TYPES = ['rest', '110114', '110113', '110106', '110101', '110100'];

/** What was done on the platform, by whom and why: granted and refused alike. */
export function AuditSearch() {
  const { t } = useTranslation();
  const { pages } = useSession();
  const [patient, setPatient] = useState<Chosen | null>(null);
  const [agent, setAgent] = useState<Chosen | null>(null);
  const [user, setUser] = useState('');
  const [since, setSince] = useState(() => localDay());
  const [until, setUntil] = useState('');
  const [type, setType] = useState('');
  const [refused, setRefused] = useState(false);
  const path = searchFor({
    patient: patient?.reference ?? '',
    agent: agent?.reference ?? '',
    user,
    since: readDate(since) ?? '',
    until: readDate(until) ?? '',
    type,
    refused,
  });
  return (
    <Page wide title={t('audit.title')} intro={t('audit.intro')}>
      <section className="panel audit-form" aria-label={t('audit.search')}>
        {(seesPatients(pages) || mayOpen(pages, 'who-saw')) && (
          <Field label={t('audit.patient')}>
            {(props) => (
              <ReferencePicker
                {...props}
                types={['Patient']}
                value={patient}
                onChange={setPatient}
              />
            )}
          </Field>
        )}
        <Field label={t('audit.agent')}>
          {(props) => (
            <ReferencePicker
              {...props}
              types={['Practitioner']}
              value={agent}
              onChange={setAgent}
            />
          )}
        </Field>
        <Field label={t('signIn.user')}>
          {(props) => (
            <Input
              {...props}
              allowClear
              value={user}
              onChange={(event) => setUser(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('audit.since')}>
          {(props) => (
            <Input
              {...props}
              allowClear
              className="figures"
              value={since}
              onChange={(event) => setSince(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('audit.until')}>
          {(props) => (
            <Input
              {...props}
              allowClear
              className="figures"
              placeholder={t('audit.now')}
              value={until}
              onChange={(event) => setUntil(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('audit.type')}>
          {(props) => (
            <Select
              {...props}
              allowClear
              placeholder={t('audit.any')}
              value={type || undefined}
              options={TYPES.map((value) => ({ value, label: t(`audit.types.${value}`) }))}
              onChange={(value: string | undefined) => setType(value ?? '')}
            />
          )}
        </Field>
        <Checkbox checked={refused} onChange={(event) => setRefused(event.target.checked)}>
          {t('audit.onlyRefused')}
        </Checkbox>
      </section>
      <Found path={path} />
    </Page>
  );
}

function Found({ path }: { path: string }) {
  const { t, i18n } = useTranslation();
  const query = useInfiniteQuery({
    queryKey: ['audit', path, i18n.language],
    initialPageParam: path,
    queryFn: ({ pageParam, signal }) => get<fhir4.Bundle>(pageParam, i18n.language, signal),
    getNextPageParam: (last) => nextPage(last),
  });
  const roles = useQuery({
    queryKey: ['roles', i18n.language],
    queryFn: ({ signal }) => readRoles(i18n.language, signal),
    staleTime: 600_000,
  });
  const names = new Map((roles.data ?? []).map((one) => [one.code, said(one.name, i18n.language)]));
  const lines = (query.data?.pages ?? [])
    .flatMap((page) => matches<fhir4.AuditEvent>(page))
    .map(lineOf);
  if (query.isPending) return <Skeleton active paragraph={{ rows: 8 }} />;
  if (query.isError) {
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (lines.length === 0) {
    return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('audit.none')} />;
  }
  return (
    <section className="panel scroll" aria-label={t('audit.found')} tabIndex={0}>
      <table className="audit-lines">
        <thead>
          <tr>
            <th scope="col">{t('audit.time')}</th>
            <th scope="col">{t('audit.who')}</th>
            <th scope="col">{t('audit.did')}</th>
            <th scope="col">{t('audit.what')}</th>
            <th scope="col">{t('audit.purpose')}</th>
            <th scope="col">{t('audit.outcome')}</th>
            <th scope="col">{t('audit.from')}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <Row key={line.id} line={line} role={names.get(line.role) ?? line.role} />
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
          {t('chart.older')}
        </Button>
      )}
    </section>
  );
}

const COLOURS = { granted: 'default', refused: 'red', failed: 'orange' };

function Row({ line, role }: { line: Line; role: string }) {
  const { t } = useTranslation();
  const emergency = line.purpose === 'BTG' || line.purpose === 'ETREAT';
  return (
    <tr>
      <td className="figures">{localTime(line.at, true)}</td>
      <th scope="row">
        <strong>{line.who || '—'}</strong>{' '}
        {line.account && line.account !== line.who && <span className="quiet">{line.account}</span>}
        <div className="quiet">{role}</div>
      </th>
      <td>
        {t(`audit.acts.${line.act}`, line.actText)}
        {line.actText.startsWith('$') && <div className="quiet">{line.actText}</div>}
      </td>
      <td className="audit-what">
        <Patients ids={line.patients.map((one) => one.replace('Patient/', ''))} />
        {line.objects.map((one) => (
          <div key={one}>{one}</div>
        ))}
        {line.query && (
          <div>
            <code>{line.query}</code>{' '}
            {line.count && (
              <span className="quiet">{t('audit.rows', { count: Number(line.count) })}</span>
            )}
          </div>
        )}
      </td>
      <td>
        {line.purpose &&
          (emergency ? (
            <Tag color="orange">{t(`audit.purposes.${line.purpose}`, line.purpose)}</Tag>
          ) : (
            t(`audit.purposes.${line.purpose}`, line.purpose)
          ))}
      </td>
      <td>
        <Tag color={COLOURS[line.outcome]}>{t(`audit.outcomes.${line.outcome}`)}</Tag>
        {line.outcome !== 'granted' && <div className="quiet">{line.note}</div>}
      </td>
      <td className="figures quiet">
        {line.address}
        {line.client && <div>{line.client}</div>}
      </td>
    </tr>
  );
}

const FEW = 3;

/** The patients of one access; those of a long search are folded. */
function Patients({ ids }: { ids: string[] }) {
  const { t } = useTranslation();
  if (ids.length === 0) return null;
  const label = <span className="quiet">{t('audit.patient')}</span>;
  if (ids.length <= FEW) {
    return (
      <div>
        {label} {ids.join(', ')}
      </div>
    );
  }
  return (
    <details>
      <summary>{t('audit.patients', { count: ids.length })}</summary>
      {ids.join(', ')}
    </details>
  );
}
