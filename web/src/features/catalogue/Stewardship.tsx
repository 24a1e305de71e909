import { useQueryClient } from '@tanstack/react-query';
import { Button, Input, Modal, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { parameters, post } from '../../api/fhir';
import { Field } from '../../components/Field';
import { Panel } from '../../components/Panel';
import { localDay } from '../../components/time';
import { readDate } from '../registration/identity';
import { useAct } from '../session/useAct';
import type { Definition } from './catalogues';
import type { State } from './entry';
import { useOperations } from './useOperations';

type Step = 'propose' | 'review' | 'publish' | 'retire';

/** What may follow which state: nothing is published that nobody has looked at. */
const STEPS: Record<State, Step[]> = {
  draft: ['propose', 'retire'],
  review: ['review', 'publish'],
  active: ['retire'],
  retired: [],
};

/** Propose, review, publish, retire: offered where the server has the operation. */
export function Stewardship({ entry, state }: { entry: Definition; state: State }) {
  const { t } = useTranslation();
  const offered = useOperations(entry.resourceType);
  const [step, setStep] = useState<Step | null>(null);
  const steps = STEPS[state].filter((one) => offered.has(one));
  if (steps.length === 0) return null;
  return (
    <Panel title={t('catalogue.stewardship')}>
      <p className="quiet">{t(`catalogue.next.${state}`)}</p>
      <div className="actions">
        {steps.map((one) => (
          <Button key={one} danger={one === 'retire'} onClick={() => setStep(one)}>
            {t(`catalogue.steps.${one}`)}
          </Button>
        ))}
      </div>
      {step && <StepDialog entry={entry} step={step} onClose={() => setStep(null)} />}
    </Panel>
  );
}

function StepDialog({
  entry,
  step,
  onClose,
}: {
  entry: Definition;
  step: Step;
  onClose: () => void;
}) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const [comment, setComment] = useState('');
  const [from, setFrom] = useState(localDay());
  const [decision, setDecision] = useState('approve');
  const dated = step === 'publish';
  const date = readDate(from);
  const carryOut = async () => {
    const body = parameters({
      comment: comment.trim(),
      decision: step === 'review' ? decision : undefined,
    });
    if (dated && date) body.parameter?.push({ name: 'date', valueDate: date });
    const path = `${entry.resourceType}/${entry.id}/$${step}`;
    const done = await act(() => post(path, body, i18n.language), t('catalogue.done'));
    if (!done) return;
    await client.invalidateQueries({ queryKey: ['catalogue'] });
    onClose();
  };
  return (
    <Modal
      open
      title={t(`catalogue.steps.${step}`)}
      okText={t(`catalogue.steps.${step}`)}
      confirmLoading={busy}
      okButtonProps={{ danger: step === 'retire', disabled: !comment.trim() || (dated && !date) }}
      onOk={() => void carryOut()}
      onCancel={onClose}
    >
      <Field label={t('catalogue.comment')} hint={t(`catalogue.why.${step}`)} required>
        {(props) => (
          <Input.TextArea
            {...props}
            autoFocus
            rows={3}
            maxLength={1000}
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
        )}
      </Field>
      {step === 'review' && (
        <Field label={t('catalogue.decision')}>
          {(props) => (
            <Segmented
              {...props}
              name="decision"
              value={decision}
              options={['approve', 'reject'].map((value) => ({
                value,
                label: t(`catalogue.decisions.${value}`),
              }))}
              onChange={setDecision}
            />
          )}
        </Field>
      )}
      {dated && (
        <Field label={t('catalogue.from')} error={date ? null : t('registration.problems.birth')}>
          {(props) => (
            <Input
              {...props}
              className="figures"
              value={from}
              onChange={(event) => setFrom(event.target.value)}
            />
          )}
        </Field>
      )}
    </Modal>
  );
}
