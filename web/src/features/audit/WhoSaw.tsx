import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Empty, Skeleton, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { said } from '../../api/auth';
import { get } from '../../api/fhir';
import { Failure } from '../../components/Failure';
import { Field } from '../../components/Field';
import { Page } from '../../components/Page';
import { ReferencePicker } from '../../components/ReferencePicker';
import { localTime } from '../../components/time';
import { listed } from '../../components/listed';
import { displayName, shownDate } from '../patient/person';
import { readRoles } from '../users/accounts';
import { type Saw, sawOf } from './saw';

/** Who had to do with one patient: for the patient, and for the privacy officer. */
export function WhoSaw() {
  const { t, i18n } = useTranslation();
  const { patient: id } = useSearch({ from: '/who-saw' });
  const navigate = useNavigate();
  const patient = useQuery({
    queryKey: ['patient', id, i18n.language],
    enabled: !!id,
    retry: false,
    queryFn: ({ signal }) =>
      get<fhir4.Patient>(`Patient/${encodeURIComponent(id!)}`, i18n.language, signal),
  });
  const name = displayName(patient.data?.name, i18n.language) ?? id;
  return (
    <Page title={t('audit.whoSaw')} intro={t('audit.whoSawIntro')}>
      <section className="panel" aria-label={t('audit.patient')}>
        <Field
          label={t('audit.patient')}
          hint={patient.data && `${name} · ${shownDate(patient.data.birthDate)}`}
        >
          {(props) => (
            <ReferencePicker
              {...props}
              types={['Patient']}
              value={id ? { reference: `Patient/${id}`, name: name ?? id } : null}
              onChange={(chosen) =>
                void navigate({
                  to: '/who-saw',
                  search: chosen ? { patient: chosen.reference.replace('Patient/', '') } : {},
                })
              }
            />
          )}
        </Field>
      </section>
      {id && <People id={id} />}
    </Page>
  );
}

function People({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  const query = useQuery({
    queryKey: ['who-saw', id, i18n.language],
    queryFn: async ({ signal }) =>
      sawOf(
        await get<fhir4.Parameters>(
          `Patient/${encodeURIComponent(id)}/$who-saw`,
          i18n.language,
          signal,
        ),
      ),
  });
  const roles = useQuery({
    queryKey: ['roles', i18n.language],
    queryFn: ({ signal }) => readRoles(i18n.language, signal),
    staleTime: 600_000,
  });
  const roleName = (code: string) =>
    said(roles.data?.find((one) => one.code === code)?.name, i18n.language) || code;
  if (query.isPending) return <Skeleton active paragraph={{ rows: 6 }} />;
  if (query.isError) {
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (query.data.length === 0) {
    return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('audit.nobody')} />;
  }
  return (
    <section className="panel scroll below" aria-label={t('audit.whoSaw')} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('audit.who')}</th>
            <th scope="col">{t('audit.role')}</th>
            <th scope="col">{t('audit.did')}</th>
            <th scope="col">{t('audit.purpose')}</th>
            <th scope="col">{t('audit.times')}</th>
            <th scope="col">{t('audit.firstTime')}</th>
            <th scope="col">{t('audit.lastTime')}</th>
          </tr>
        </thead>
        <tbody>
          {query.data.map((one, i) => (
            <Person key={i} person={one} role={roleName(one.role)} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Person({ person, role }: { person: Saw; role: string }) {
  const { t, i18n } = useTranslation();
  return (
    <tr>
      <th scope="row">
        <strong>{person.who}</strong>{' '}
        {person.account !== person.who && person.account !== '-' && (
          <span className="quiet">{person.account}</span>
        )}
        {person.client && <div className="quiet">{person.client}</div>}
      </th>
      <td>{role}</td>
      <td>{listed(person.did, i18n.language)}</td>
      <td>
        {person.breakGlass ? (
          <Tag color="orange">{t('audit.purposes.BTG')}</Tag>
        ) : (
          person.purpose && t(`audit.purposes.${person.purpose}`, person.purpose)
        )}
      </td>
      <td className="figures">{person.times}</td>
      <td className="figures">{localTime(person.first)}</td>
      <td className="figures">{localTime(person.last)}</td>
    </tr>
  );
}
