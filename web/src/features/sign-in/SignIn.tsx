import { ExportOutlined } from '@ant-design/icons';
import { Alert, Divider } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type SignedOut, said } from '../../api/auth';
import { canUsePasskeys } from '../../api/passkey';
import { Desk } from './Desk';
import { DemoAccounts } from './DemoAccounts';
import { PasskeyButton } from './PasskeyButton';
import { PasswordForm } from './PasswordForm';
import { SharedComputer } from './SharedComputer';

/** An address of our own only: a provider that points elsewhere than http(s) is not followed. */
function safeAddress(url: string): string | undefined {
  const address = new URL(url, location.origin);
  return ['http:', 'https:'].includes(address.protocol) ? address.href : undefined;
}

/** The first thing a person sees. Whoever signs in goes on at the address where they were. */
export function SignIn({ session }: { session: SignedOut }) {
  const { t, i18n } = useTranslation();
  const [failure, setFailure] = useState<string | null>(null);
  const provider = session.provider;
  const demo = session.demo.length > 0;
  return (
    <Desk
      title={t('signIn.title')}
      scene={demo && <DemoAccounts accounts={session.demo} onFailure={setFailure} />}
    >
      <p className="quiet">{t('signIn.platform')}</p>
      {session.ended && !failure && (
        <Alert type="info" showIcon title={t('signIn.ended')} description={t('signIn.kept')} />
      )}
      {failure && <Alert type="error" showIcon title={failure} role="alert" />}
      <SharedComputer onFailure={setFailure} />
      <PasswordForm onFailure={setFailure} />
      {(canUsePasskeys() || provider) && <Divider plain>{t('signIn.or')}</Divider>}
      {canUsePasskeys() && <PasskeyButton onFailure={setFailure} />}
      {provider && !provider.down && (
        <a className="provider" href={safeAddress(provider.url)}>
          <ExportOutlined aria-hidden />
          {t('signIn.provider', { name: said(provider.name, i18n.language) })}
        </a>
      )}
      {provider?.down && (
        <Alert type="warning" showIcon title={said(provider.down, i18n.language)} />
      )}
    </Desk>
  );
}
