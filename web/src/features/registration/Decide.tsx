import { Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '../../components/Field';
import type { Candidate } from '../match/grade';
import { Known } from './Candidates';

/** The index knows somebody very like: the clerk says who it is, or why it is nobody of them. */
export function Decide({
  entered,
  candidates,
  busy,
  onOpen,
  onNew,
  onCancel,
}: {
  entered: fhir4.Patient;
  candidates: Candidate[];
  busy: boolean;
  onOpen: (id: string) => void;
  onNew: (reason: string) => void;
  onCancel: () => void;
}) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  return (
    <Modal
      open
      width={860}
      title={t('registration.decide')}
      onCancel={onCancel}
      footer={[
        <Button key="back" onClick={onCancel}>
          {t('registration.back')}
        </Button>,
        <Button
          key="new"
          type="primary"
          danger
          loading={busy}
          disabled={reason.trim().length < 2}
          onClick={() => onNew(reason.trim())}
        >
          {t('registration.isNew')}
        </Button>,
      ]}
    >
      <p>{t('registration.decideWhy')}</p>
      <ul>
        {candidates.map((one, i) => (
          <Known
            key={one.patient.id}
            candidate={one}
            entered={entered}
            open={i === 0}
            onOpen={onOpen}
          />
        ))}
      </ul>
      <Field label={t('registration.reason')} hint={t('registration.reasonHint')} required>
        {(props) => (
          <Input
            {...props}
            maxLength={200}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
    </Modal>
  );
}
