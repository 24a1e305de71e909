import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Alert, Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../api/auth';
import { Field } from '../../components/Field';
import { reasonOf } from './PasswordForm';
import { Desk } from './Desk';

/** A password of one's own: by a one-time link, or because somebody else gave the present one. */
export function ChoosePassword({ link }: { link: string | null }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const differs = again !== '' && again !== next;
  const ready = next !== '' && again === next && (link !== null || old !== '');
  const choose = async () => {
    setBusy(true);
    setFailure(null);
    try {
      const body = link === null ? { old, new: next } : { link, new: next };
      await ask('password', i18n.language, { method: 'POST', body, quiet: true });
      if (link !== null) setDone(true);
      else await client.invalidateQueries({ queryKey: ['session'] });
    } catch (error) {
      setFailure(reasonOf(error, t('error.network')));
    } finally {
      setBusy(false);
    }
  };
  const go = async () => {
    await navigate({ to: '/', hash: '', replace: true });
    await client.invalidateQueries({ queryKey: ['session'] });
  };
  return (
    <Desk title={t('signIn.choose')}>
      <p className="quiet">{t(link === null ? 'signIn.mustChange' : 'signIn.byLink')}</p>
      {failure && <Alert type="error" showIcon title={failure} role="alert" />}
      {done ? (
        <>
          <Alert type="success" showIcon title={t('account.passwordChanged')} />
          <Button block type="primary" size="large" onClick={() => void go()}>
            {t('signIn.title')}
          </Button>
        </>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (ready) void choose();
          }}
        >
          {link === null && (
            <Field label={t('account.oldPassword')}>
              {(props) => (
                <Input.Password
                  {...props}
                  autoFocus
                  size="large"
                  autoComplete="current-password"
                  value={old}
                  onChange={(event) => setOld(event.target.value)}
                />
              )}
            </Field>
          )}
          <Field label={t('account.newPassword')} hint={t('account.passwordHint')}>
            {(props) => (
              <Input.Password
                {...props}
                autoFocus={link !== null}
                size="large"
                autoComplete="new-password"
                value={next}
                onChange={(event) => setNext(event.target.value)}
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
                size="large"
                autoComplete="new-password"
                status={differs ? 'error' : ''}
                value={again}
                onChange={(event) => setAgain(event.target.value)}
              />
            )}
          </Field>
          <Button
            block
            type="primary"
            size="large"
            htmlType="submit"
            loading={busy}
            disabled={!ready}
          >
            {t('account.changePassword')}
          </Button>
        </form>
      )}
    </Desk>
  );
}
