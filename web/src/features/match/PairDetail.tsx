import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Input, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { parameters, post } from '../../api/fhir';
import { Field } from '../../components/Field';
import { Panel } from '../../components/Panel';
import { localTime } from '../../components/time';
import { useOperations } from '../catalogue/useOperations';
import { displayName } from '../patient/person';
import { useAct } from '../session/useAct';
import { Comparison } from './Comparison';
import { GradeTag } from './GradeTag';
import { Weights } from './Weights';
import type { Pair } from './queue';

/** Two records side by side, what the index weighed, and what somebody says they are. */
export function PairDetail({ pair }: { pair: Pair }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <Panel title={t('match.sideBySide')} extra={<GradeTag grade={pair.grade} bits={pair.bits} />}>
        <Comparison
          left={pair.one}
          right={pair.two}
          leftTitle={<RecordLink patient={pair.one} letter="A" />}
          rightTitle={<RecordLink patient={pair.two} letter="B" />}
        />
        {pair.weights.length > 0 && <Weights weights={pair.weights} />}
      </Panel>
      <Panel title={t(pair.state === 'open' ? 'match.decide' : 'match.decided')}>
        {pair.state !== 'open' && (
          <p>
            {t(`match.states.${pair.state}`)} ·{' '}
            <span className="quiet figures">
              {localTime(pair.since)} {pair.actor}
            </span>{' '}
            {pair.reason}
          </p>
        )}
        <Decision pair={pair} />
      </Panel>
    </div>
  );
}

function RecordLink({ patient, letter }: { patient: fhir4.Patient; letter: string }) {
  const { t, i18n } = useTranslation();
  return (
    <Link className="record" to="/patient/$id" params={{ id: patient.id! }}>
      {letter} · {displayName(patient.name, i18n.language) ?? t('patient.unnamed')}
      {patient.active === false && ` (${t('status.inactive')})`}
    </Link>
  );
}

type Deed = 'link' | 'not-same' | 'reopen' | 'merge' | 'unmerge';

const DEEDS: Record<Pair['state'], Deed[]> = {
  open: ['merge', 'link', 'not-same'],
  linked: ['merge', 'reopen'],
  different: ['reopen'],
  merged: ['unmerge'],
};

function Decision({ pair }: { pair: Pair }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const [reason, setReason] = useState('');
  const [kept, setKept] = useState<'A' | 'B'>(pair.two.active === false ? 'A' : 'B');
  const reference = (patient: fhir4.Patient) => ({ reference: `Patient/${patient.id}` });
  const [gone, stays] = kept === 'A' ? [pair.two, pair.one] : [pair.one, pair.two];
  const merged = pair.one.link?.some((one) => one.type === 'replaced-by') ? pair.one : pair.two;
  const send = (deed: Deed) => {
    if (deed === 'merge') {
      const body = parameters({
        'source-patient': reference(gone),
        'target-patient': reference(stays),
        reason: reason.trim(),
        confirm: true,
      });
      return post('Patient/$merge', body, i18n.language);
    }
    if (deed === 'unmerge') {
      const body = parameters({ 'source-patient': reference(merged), reason: reason.trim() });
      return post('Patient/$unmerge', body, i18n.language);
    }
    const body = parameters({
      one: reference(pair.one),
      two: reference(pair.two),
      decision: deed,
      reason: reason.trim(),
    });
    return post('$match-decide', body, i18n.language);
  };
  const carryOut = async (deed: Deed) => {
    await act(() => send(deed), t('match.saved'));
    await client.invalidateQueries({ queryKey: ['match-queue'] });
  };
  const offered = useOperations('Patient');
  // Merging comes with the index; a server without it still links and tells apart.
  const deeds = DEEDS[pair.state].filter((one) => !one.endsWith('merge') || offered.has(one));
  return (
    <>
      <Field label={t('match.reason')} hint={t('match.reasonHint')} required>
        {(props) => (
          <Input
            {...props}
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
      {deeds.includes('merge') && (
        <Field label={t('match.keep')} hint={t('match.keepHint')}>
          {(props) => (
            <Segmented
              {...props}
              name="keep"
              value={kept}
              options={['A', 'B']}
              onChange={(value) => setKept(value as 'A' | 'B')}
            />
          )}
        </Field>
      )}
      <div className="actions">
        {deeds.map((deed) => (
          <Button
            key={deed}
            type={deed === 'merge' ? 'primary' : 'default'}
            danger={deed === 'unmerge'}
            disabled={busy || reason.trim().length < 2}
            onClick={() => void carryOut(deed)}
          >
            {t(`match.deeds.${deed}`, { gone: kept === 'A' ? 'B' : 'A', kept })}
          </Button>
        ))}
      </div>
    </>
  );
}
