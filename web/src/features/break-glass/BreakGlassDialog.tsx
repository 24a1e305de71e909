import { Alert, Input, Modal, Segmented, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { parameters, post } from '../../api/fhir';
import { Field } from '../../components/Field';
import { useAct } from '../session/useAct';
import { PURPOSES } from './openings';

const MINUTES = [30, 60, 120, 240];

/** One patient, a reason, a limited time; the team and the privacy officer are told at once. */
export function BreakGlassDialog({
  patient,
  onOpened,
  onClose,
}: {
  patient: string;
  onOpened: () => void;
  onClose: () => void;
}) {
  const { t, i18n } = useTranslation();
  const { act, busy } = useAct();
  const [reason, setReason] = useState('');
  const [purpose, setPurpose] = useState<string>(PURPOSES[0]);
  const [minutes, setMinutes] = useState(60);
  const open = async () => {
    const body = parameters({ reason: reason.trim(), purpose, minutes });
    const path = `Patient/${encodeURIComponent(patient)}/$break-glass`;
    const done = await act(() => post(path, body, i18n.language), t('breakGlass.opened'));
    if (done) onOpened();
  };
  return (
    <Modal
      open
      title={t('breakGlass.title')}
      okText={t('breakGlass.open')}
      confirmLoading={busy}
      okButtonProps={{ danger: true, disabled: reason.trim().length < 4 }}
      onOk={() => void open()}
      onCancel={onClose}
    >
      <Alert type="warning" showIcon title={t('breakGlass.told')} />
      <Field label={t('breakGlass.reason')} hint={t('breakGlass.reasonHint')} required>
        {(props) => (
          <Input.TextArea
            {...props}
            autoFocus
            rows={3}
            maxLength={1000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
      <Field label={t('breakGlass.purpose')}>
        {(props) => (
          <Select
            {...props}
            value={purpose}
            options={PURPOSES.map((value) => ({ value, label: t(`audit.purposes.${value}`) }))}
            onChange={setPurpose}
          />
        )}
      </Field>
      <Field label={t('breakGlass.minutes')}>
        {(props) => (
          <Segmented
            {...props}
            name="minutes"
            value={minutes}
            options={MINUTES.map((value) => ({
              value,
              label: t('breakGlass.forMinutes', { count: value }),
            }))}
            onChange={setMinutes}
          />
        )}
      </Field>
    </Modal>
  );
}
