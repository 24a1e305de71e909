import { useNavigate } from '@tanstack/react-router';
import { Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { parameters, post } from '../../api/fhir';
import { Field } from '../../components/Field';
import { readDate } from '../registration/identity';
import { useAct } from '../session/useAct';
import { BreakGlassDialog } from './BreakGlassDialog';
import { type Masked, maskedOf } from './openings';
import { useMayBreakGlass } from './useMayBreakGlass';

/** Below the search: a patient in need who is nobody's own yet is found by whole number or name. */
export function FindOthers() {
  const { t } = useTranslation();
  const may = useMayBreakGlass();
  const [open, setOpen] = useState(false);
  if (!may) return null;
  return (
    <p className="find-others">
      <span className="quiet">{t('breakGlass.notListed')}</span>{' '}
      <Button size="small" onClick={() => setOpen(true)}>
        {t('breakGlass.title')}
      </Button>
      {open && <Finder onClose={() => setOpen(false)} />}
    </p>
  );
}

function Finder({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const { act, busy } = useAct();
  const [identifier, setIdentifier] = useState('');
  const [name, setName] = useState('');
  const [birth, setBirth] = useState('');
  const [found, setFound] = useState<Masked[] | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const birthdate = readDate(birth);
  const ready = identifier.trim().length > 4 || (name.trim() && birthdate?.length === 10);
  const find = async () => {
    const body = identifier.trim()
      ? parameters({ identifier: identifier.trim() })
      : parameters({ name: name.trim(), birthdate: birthdate ?? undefined });
    const answer = await act(() =>
      post<fhir4.Parameters>('Patient/$break-glass-find', body, i18n.language),
    );
    if (answer && answer !== true) setFound(maskedOf(answer));
  };
  if (chosen) {
    return (
      <BreakGlassDialog
        patient={chosen}
        onClose={onClose}
        onOpened={() => void navigate({ to: '/patient/$id', params: { id: chosen } })}
      />
    );
  }
  return (
    <Modal open title={t('breakGlass.title')} footer={null} onCancel={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void find();
        }}
      >
        <Field label={t('breakGlass.number')} hint={t('breakGlass.numberHint')}>
          {(props) => (
            <Input
              {...props}
              autoFocus
              autoComplete="off"
              value={identifier}
              onChange={(event) => setIdentifier(event.target.value)}
            />
          )}
        </Field>
        <div className="in-a-row">
          <Field label={t('breakGlass.wholeName')}>
            {(props) => (
              <Input
                {...props}
                autoComplete="off"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <Field label={t('registration.birth')}>
            {(props) => (
              <Input
                {...props}
                autoComplete="off"
                className="figures"
                value={birth}
                onChange={(event) => setBirth(event.target.value)}
              />
            )}
          </Field>
          <Button type="primary" htmlType="submit" loading={busy} disabled={!ready}>
            {t('breakGlass.find')}
          </Button>
        </div>
      </form>
      {found?.length === 0 && <p role="status">{t('breakGlass.nobody')}</p>}
      <ul>
        {(found ?? []).map((one) => (
          <li key={one.patient} className="line">
            <span className="line-main">
              <strong>{one.name}</strong> {t(`patient.${one.gender || 'unknown'}`)} ·{' '}
              <span className="figures">{one.birthYear}</span>
            </span>
            <Button size="small" danger onClick={() => setChosen(one.patient)}>
              {t('breakGlass.choose')}
            </Button>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
