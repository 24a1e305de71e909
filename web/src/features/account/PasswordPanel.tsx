import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../api/auth';
import { Field } from '../../components/Field';
import { Panel } from '../../components/Panel';
import { useSession } from '../session/session';
import { useAct } from '../session/useAct';

const NOTHING = { old: '', next: '', again: '' };

/** A new password; the server says what is wrong with a weak or known-breached one. */
export function PasswordPanel() {
  const { t, i18n } = useTranslation();
  const { account } = useSession();
  const { act, busy } = useAct();
  const [value, setValue] = useState(NOTHING);
  const set = (part: Partial<typeof NOTHING>) => setValue({ ...value, ...part });
  const differs = value.again !== '' && value.again !== value.next;
  const ready = value.old && value.next && value.again === value.next;
  const change = async () => {
    const body = { old: value.old, new: value.next };
    const done = await act(
      () => ask('password', i18n.language, { method: 'POST', body, quiet: true }),
      t('account.passwordChanged'),
    );
    if (done) setValue(NOTHING);
  };
  return (
    <Panel title={t('account.password')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void change();
        }}
      >
        <input type="text" hidden readOnly autoComplete="username" value={account.user} />
        <Field label={t('account.oldPassword')}>
          {(props) => (
            <Input.Password
              {...props}
              autoComplete="current-password"
              value={value.old}
              onChange={(event) => set({ old: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('account.newPassword')} hint={t('account.passwordHint')}>
          {(props) => (
            <Input.Password
              {...props}
              autoComplete="new-password"
              value={value.next}
              onChange={(event) => set({ next: event.target.value })}
            />
          )}
        </Field>
        <Field
          label={t('account.repeatPassword')}
          error={differs ? t('account.passwordDiffers') : null}
        >
          {(props) => (
            <Input.Password
              {...props}
              autoComplete="new-password"
              status={differs ? 'error' : ''}
              value={value.again}
              onChange={(event) => set({ again: event.target.value })}
            />
          )}
        </Field>
        <Button type="primary" htmlType="submit" loading={busy} disabled={!ready}>
          {t('account.changePassword')}
        </Button>
      </form>
    </Panel>
  );
}
