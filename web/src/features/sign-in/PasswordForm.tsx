import { LockOutlined, UserOutlined } from '@ant-design/icons';
import { Button, Checkbox, Input, type InputRef } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { enter } from '../../api/auth';
import { Refusal } from '../../api/http';
import { useEnter } from '../session/session';

const SHARED = 'xinglin.shared';

/** Whether somebody said that several people use this computer. */
export const isSharedComputer = () => localStorage.getItem(SHARED) === 'yes';

/** What a failure is in words: the server's own, or that it did not answer. */
export function reasonOf(error: unknown, silence: string): string {
  return error instanceof Refusal ? error.message : silence;
}

export function PasswordForm({ onFailure }: { onFailure: (text: string | null) => void }) {
  const { t, i18n } = useTranslation();
  const signIn = useEnter();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [shared, setShared] = useState(isSharedComputer);
  const [caps, setCaps] = useState(false);
  const [busy, setBusy] = useState(false);
  const first = useRef<InputRef>(null);
  const second = useRef<InputRef>(null);
  useEffect(() => first.current?.focus(), []);
  const submit = async () => {
    if (!user.trim()) return first.current?.focus();
    if (!password) return second.current?.focus();
    setBusy(true);
    onFailure(null);
    localStorage.setItem(SHARED, shared ? 'yes' : 'no');
    try {
      signIn(await enter('sign-in', { user: user.trim(), password, shared }, i18n.language));
    } catch (error) {
      onFailure(reasonOf(error, t('error.network')));
      setPassword('');
      second.current?.focus();
    } finally {
      setBusy(false);
    }
  };
  const watchCaps = (event: React.KeyboardEvent) => setCaps(event.getModifierState('CapsLock'));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label htmlFor="user">{t('signIn.user')}</label>
      <Input
        id="user"
        ref={first}
        size="large"
        prefix={<UserOutlined aria-hidden />}
        autoComplete="username webauthn"
        autoCapitalize="none"
        spellCheck={false}
        value={user}
        onChange={(event) => setUser(event.target.value)}
      />
      <label htmlFor="password">{t('signIn.password')}</label>
      <Input.Password
        id="password"
        ref={second}
        size="large"
        prefix={<LockOutlined aria-hidden />}
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        onKeyDown={watchCaps}
        onKeyUp={watchCaps}
        onBlur={() => setCaps(false)}
        aria-describedby="caps"
      />
      <p id="caps" className="caps" role="status">
        {caps && t('signIn.caps')}
      </p>
      <Checkbox checked={shared} onChange={(event) => setShared(event.target.checked)}>
        {t('signIn.shared')}
      </Checkbox>
      <Button block type="primary" size="large" htmlType="submit" loading={busy}>
        {t('signIn.submit')}
      </Button>
    </form>
  );
}
