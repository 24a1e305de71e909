import { LoginOutlined } from '@ant-design/icons';
import { Alert, Button, Divider } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type SignedOut, said } from '../../api/auth';
import { canUsePasskeys } from '../../api/passkey';
import { Switches } from '../../components/Switches';
import { DemoAccounts } from './DemoAccounts';
import { Branch, Grove } from './Grove';
import { PasskeyButton } from './PasskeyButton';
import { PasswordForm } from './PasswordForm';
import { SharedComputer } from './SharedComputer';
import './sign-in.css';

/** An address of our own only: a provider that points elsewhere than http(s) is not followed. */
function safeAddress(url: string): string | undefined {
  const address = new URL(url, location.origin);
  return ['http:', 'https:'].includes(address.protocol) ? address.href : undefined;
}

/** The first thing a person sees. Whoever signs in goes on at the address where they were. */
export function SignIn({ session }: { session: SignedOut }) {
  const { t, i18n } = useTranslation();
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    document.title = `${t('signIn.title')} – ${t('app.name')}`;
  }, [t]);
  const provider = session.provider;
  const demo = session.demo.length > 0;
  return (
    <div className={demo ? 'sign-in with-demo' : 'sign-in'}>
      <aside className="sign-in-scene">
        <Grove />
        <Branch />
        <div className="sign-in-words">
          <p className="sign-in-mark" lang="zh-CN">
            杏林
          </p>
          <p className="sign-in-motto">{t('signIn.motto')}</p>
        </div>
        {demo && <DemoAccounts accounts={session.demo} onFailure={setFailure} />}
      </aside>
      <main className="sign-in-desk">
        <div className="sign-in-switches">
          <Switches />
        </div>
        <div className="sign-in-form">
          <img src="/leaf.svg" alt="" width={44} height={44} />
          <h1>{t('signIn.title')}</h1>
          <p className="quiet">{t('signIn.platform')}</p>
          {session.ended && !failure && (
            <Alert type="info" showIcon title={t('signIn.ended')} description={t('signIn.kept')} />
          )}
          {failure && <Alert type="error" showIcon title={failure} role="alert" />}
          <SharedComputer onFailure={setFailure} />
          <PasswordForm onFailure={setFailure} />
          {(canUsePasskeys() || provider) && <Divider plain>{t('signIn.or')}</Divider>}
          {canUsePasskeys() && <PasskeyButton onFailure={setFailure} />}
          {provider && (
            <Button
              block
              size="large"
              icon={<LoginOutlined />}
              href={safeAddress(provider.url)}
              disabled={!!provider.down}
            >
              {t('signIn.provider', { name: said(provider.name, i18n.language) })}
            </Button>
          )}
          {provider?.down && (
            <Alert type="warning" showIcon title={said(provider.down, i18n.language)} />
          )}
        </div>
        <footer className="quiet">{t('app.disclaimer')}</footer>
      </main>
    </div>
  );
}
