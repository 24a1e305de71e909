import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../api/auth';
import { Field } from '../../components/Field';
import { Panel } from '../../components/Panel';
import { useSession } from '../session/session';
import { useAct } from '../session/useAct';

/** A short number for coming back to a shared computer during the shift. */
export function PinPanel() {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const { act, busy } = useAct();
  const [pin, setPin] = useState('');
  const [password, setPassword] = useState('');
  const keep = async () => {
    const body = { pin, password };
    const done = await act(
      () => ask('pin', i18n.language, { method: 'POST', body, quiet: true }),
      t('account.pinSet'),
    );
    if (!done) return;
    setPin('');
    setPassword('');
  };
  return (
    <Panel title={t('account.pin')}>
      <p className="quiet">{t('account.pinWhy')}</p>
      <p>{t(session.pin ? 'account.pinIs' : 'account.pinIsNot')}</p>
      <form
        className="in-a-row"
        onSubmit={(event) => {
          event.preventDefault();
          void keep();
        }}
      >
        <Field label={t('account.newPin')}>
          {(props) => (
            <Input.Password
              {...props}
              inputMode="numeric"
              autoComplete="off"
              maxLength={8}
              value={pin}
              onChange={(event) => setPin(event.target.value.replace(/\D/g, ''))}
            />
          )}
        </Field>
        <Field label={t('account.confirmPassword')}>
          {(props) => (
            <Input.Password
              {...props}
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        <Button htmlType="submit" loading={busy} disabled={pin.length < 4 || !password}>
          {t('account.setPin')}
        </Button>
      </form>
    </Panel>
  );
}
