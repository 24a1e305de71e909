import { UserSwitchOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type SharedUser, ask, enter, said } from '../../api/auth';
import { useEnter } from '../session/session';
import { isSharedComputer, reasonOf } from './PasswordForm';

/** Colleagues who signed in on this computer during this shift come back with their PIN. */
export function SharedComputer({ onFailure }: { onFailure: (text: string | null) => void }) {
  const { t, i18n } = useTranslation();
  const signIn = useEnter();
  const [user, setUser] = useState<SharedUser | null>(null);
  const [pin, setPin] = useState('');
  const query = useQuery({
    queryKey: ['session-shared', i18n.language],
    queryFn: ({ signal }) => ask<SharedUser[]>('shared', i18n.language, { signal, quiet: true }),
    enabled: isSharedComputer(),
    retry: false,
  });
  if (!query.data || query.data.length === 0) return null;
  const change = async () => {
    if (!user || !pin) return;
    onFailure(null);
    try {
      signIn(await enter('switch', { user: user.user, pin }, i18n.language));
    } catch (error) {
      setPin('');
      onFailure(reasonOf(error, t('error.network')));
    }
  };
  return (
    <section className="shared" aria-label={t('signIn.switch')}>
      <h2>{t('signIn.switch')}</h2>
      <ul>
        {query.data.map((one) => (
          <li key={one.user}>
            <Button
              icon={<UserSwitchOutlined />}
              aria-pressed={user?.user === one.user}
              type={user?.user === one.user ? 'primary' : 'default'}
              onClick={() => setUser(one)}
            >
              {said(one.name, i18n.language) || one.user}
            </Button>
          </li>
        ))}
      </ul>
      {user && (
        <Input.Search
          autoFocus
          type="password"
          inputMode="numeric"
          autoComplete="off"
          key={user.user}
          aria-label={t('signIn.pin')}
          placeholder={t('signIn.pin')}
          value={pin}
          enterButton={t('signIn.submit')}
          onChange={(event) => setPin(event.target.value)}
          onSearch={() => void change()}
        />
      )}
    </section>
  );
}
