import { useNavigate } from '@tanstack/react-router';
import { App, Button } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/fhir';
import { Page } from '../../components/Page';
import type { Candidate } from '../match/grade';
import { useDraft } from '../session/draft';
import { useAct } from '../session/useAct';
import { Candidates } from './Candidates';
import { Decide } from './Decide';
import { RegistrationForm } from './RegistrationForm';
import { type Draft, EMPTY, coverageOf, isComplete, patientOf, problems } from './draft';
import { type Decision, register } from './register';
import { useCandidates } from './useCandidates';

/** Enter goes on to the next field, as clerks know it; after the last one it registers. */
function onEnter(event: React.KeyboardEvent<HTMLFormElement>) {
  const from = event.target;
  if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
  if (!(from instanceof HTMLInputElement) || from.role === 'combobox') return;
  const fields = [
    ...event.currentTarget.querySelectorAll<HTMLElement>(
      'input:not([role=combobox]), [type=submit]',
    ),
  ];
  const enabled = fields.filter((one) => !(one as HTMLInputElement).disabled);
  event.preventDefault();
  enabled[enabled.indexOf(from) + 1]?.focus();
}

/** A new patient: typed once, compared with everybody the group knows while it is typed. */
export function Registration() {
  const { t, i18n } = useTranslation();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const { act, busy } = useAct();
  const [draft, keep, drop] = useDraft<Draft>('registration', EMPTY);
  const [asked, setAsked] = useState<Candidate[] | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const found = useCandidates(draft, i18n.language);
  const blocking = Object.entries(problems(draft)).filter(([, what]) => !what.endsWith('Differs'));
  const open = async (id: string) => {
    drop();
    await navigate({ to: '/patient/$id', params: { id } });
  };
  const cover = async (patient: fhir4.Patient) => {
    const text = t(`registration.insurances.${draft.insurance || 'self'}`);
    const coverage = coverageOf(draft, `Patient/${patient.id}`, text);
    if (coverage) await post('Coverage', coverage, i18n.language);
  };
  const send = async (decision: Decision, reason = '') => {
    const answer = await act(() => register(patientOf(draft), decision, reason, i18n.language));
    if (!answer || answer === true) return;
    if ('candidates' in answer) {
      setAsked(answer.candidates);
      return;
    }
    setAsked(null);
    await cover(answer.patient).catch((error: Error) => message.warning(error.message));
    void message.success(t('registration.done'));
    await open(answer.patient.id!);
  };
  return (
    <Page
      title={t('registration.title')}
      intro={t('registration.intro')}
      extra={
        <Button
          onClick={() => {
            drop();
            form.current?.querySelector('input')?.focus();
          }}
        >
          {t('registration.clear')}
        </Button>
      }
    >
      <div className="list-and-detail">
        <form
          ref={form}
          className="panel"
          aria-label={t('registration.title')}
          onKeyDown={onEnter}
          onSubmit={(event) => {
            event.preventDefault();
            if (isComplete(draft) && blocking.length === 0) void send('ask');
          }}
        >
          <RegistrationForm draft={draft} onChange={keep} />
          <div className="form-end">
            <span className="quiet">{t('registration.needed')}</span>
            <Button
              type="primary"
              htmlType="submit"
              loading={busy}
              disabled={!isComplete(draft) || blocking.length > 0}
            >
              {t('registration.submit')}
            </Button>
          </div>
        </form>
        <Candidates draft={draft} query={found} onOpen={(id) => void open(id)} />
      </div>
      {asked && (
        <Decide
          entered={patientOf(draft)}
          candidates={asked}
          busy={busy}
          onOpen={(id) => void open(id)}
          onNew={(reason) => void send('create', reason)}
          onCancel={() => setAsked(null)}
        />
      )}
    </Page>
  );
}
