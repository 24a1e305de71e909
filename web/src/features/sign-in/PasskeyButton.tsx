import { KeyOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask, enter } from '../../api/auth';
import { type RequestOptions, gaveUp, provePasskey } from '../../api/passkey';
import { useEnter } from '../session/session';
import { isSharedComputer, reasonOf } from './PasswordForm';

/** Sign-in with a passkey: fingerprint, face, or a key that is plugged in. */
export function PasskeyButton({ onFailure }: { onFailure: (text: string | null) => void }) {
  const { t, i18n } = useTranslation();
  const signIn = useEnter();
  const [busy, setBusy] = useState(false);
  const prove = async () => {
    setBusy(true);
    onFailure(null);
    try {
      const options = await ask<RequestOptions>('passkey/options', i18n.language, {
        method: 'POST',
        body: {},
        quiet: true,
      });
      const credential = await provePasskey(options);
      if (!credential) return;
      const body = { credential, shared: isSharedComputer() };
      signIn(await enter('passkey', body, i18n.language));
    } catch (error) {
      if (!gaveUp(error)) onFailure(reasonOf(error, t('error.network')));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button block size="large" icon={<KeyOutlined />} loading={busy} onClick={() => void prove()}>
      {t('signIn.passkey')}
    </Button>
  );
}
