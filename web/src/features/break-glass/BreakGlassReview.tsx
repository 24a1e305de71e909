import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Empty, Input, Segmented, Skeleton, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { said } from '../../api/auth';
import { get, parameters, post } from '../../api/fhir';
import { Failure } from '../../components/Failure';
import { Field } from '../../components/Field';
import { Page } from '../../components/Page';
import { localTime } from '../../components/time';
import { useAct } from '../session/useAct';
import { readRoles } from '../users/accounts';
import { OUTCOMES, type Opening, type Outcome, type Status, openingsOf } from './openings';

const STATUSES: Status[] = ['open', 'reviewed', 'all'];

/** Every record that was opened by break-glass, until somebody has said whether it was right. */
export function BreakGlassReview() {
  const { t, i18n } = useTranslation();
  const [status, setStatus] = useState<Status>('open');
  const query = useQuery({
    queryKey: ['break-glass', status, i18n.language],
    queryFn: async ({ signal }) =>
      openingsOf(
        await get<fhir4.Parameters>(`$break-glass-list?status=${status}`, i18n.language, signal),
      ),
    refetchInterval: 60_000,
  });
  return (
    <Page
      title={t('breakGlass.reviewTitle')}
      intro={t('breakGlass.reviewIntro')}
      extra={
        <Segmented
          name="status"
          aria-label={t('breakGlass.which')}
          value={status}
          options={STATUSES.map((value) => ({ value, label: t(`breakGlass.statuses.${value}`) }))}
          onChange={setStatus}
        />
      }
    >
      {query.isPending && <Skeleton active paragraph={{ rows: 6 }} />}
      {query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && (
        <Empty
          image={Empty.PRESENTED_IMAGE_SIMPLE}
          description={t(status === 'open' ? 'breakGlass.allDone' : 'breakGlass.none')}
        />
      )}
      <ul className="stack">
        {(query.data ?? []).map((one) => (
          <OneOpening key={one.id} opening={one} />
        ))}
      </ul>
    </Page>
  );
}

const COLOURS: Record<string, string> = {
  justified: 'green',
  unjustified: 'red',
  unclear: 'orange',
};

function OneOpening({ opening }: { opening: Opening }) {
  const { t, i18n } = useTranslation();
  const roles = useQuery({
    queryKey: ['roles', i18n.language],
    queryFn: ({ signal }) => readRoles(i18n.language, signal),
    staleTime: 600_000,
  });
  const role = roles.data?.find((one) => one.code === opening.role);
  const still = new Date(opening.until) > new Date();
  return (
    <li className="panel">
      <div className="known-head">
        <h2>
          {opening.who}{' '}
          <span className="quiet">{said(role?.name, i18n.language) || opening.role}</span>
          {' → '}
          {opening.patientName || opening.patient}
        </h2>
        <span>
          {still && <Tag color="orange">{t('breakGlass.stillOpen')}</Tag>}
          {opening.outcome && (
            <Tag color={COLOURS[opening.outcome]}>
              {t(`breakGlass.outcomes.${opening.outcome}`)}
            </Tag>
          )}
        </span>
      </div>
      <p className="quiet figures">
        {localTime(opening.since)} – {localTime(opening.until)} ·{' '}
        {t(`audit.purposes.${opening.purpose}`, opening.purpose)} · {opening.actor}
      </p>
      <p className="quote">{opening.reason}</p>
      {opening.status === 'open' ? (
        <Review opening={opening} />
      ) : (
        <p>
          <span className="quiet figures">
            {localTime(opening.reviewed)} {opening.reviewer}
          </span>{' '}
          {opening.comment}
        </p>
      )}
    </li>
  );
}

function Review({ opening }: { opening: Opening }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const [comment, setComment] = useState('');
  const decide = async (outcome: Outcome) => {
    const body = parameters({ id: opening.id, outcome, comment: comment.trim() });
    await act(() => post('$break-glass-review', body, i18n.language), t('breakGlass.reviewed'));
    await client.invalidateQueries({ queryKey: ['break-glass'] });
  };
  return (
    <div className="in-a-row">
      <Field label={t('breakGlass.comment')} hint={t('breakGlass.commentHint')}>
        {(props) => (
          <Input
            {...props}
            maxLength={2000}
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
        )}
      </Field>
      {OUTCOMES.map((outcome) => (
        <Button
          key={outcome}
          danger={outcome === 'unjustified'}
          type={outcome === 'justified' ? 'primary' : 'default'}
          disabled={busy || (outcome !== 'justified' && !comment.trim())}
          onClick={() => void decide(outcome)}
        >
          {t(`breakGlass.outcomes.${outcome}`)}
        </Button>
      ))}
    </div>
  );
}
