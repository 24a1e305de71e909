import { useLocation } from '@tanstack/react-router';
import { App, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure } from '../components/Failure';
import { StepUpProvider } from '../features/session/StepUp';
import { SessionContext, useSessionQuery } from '../features/session/session';
import { ChoosePassword } from '../features/sign-in/ChoosePassword';
import { SignIn } from '../features/sign-in/SignIn';
import { useWaiting } from '../features/sign-in/waiting';
import { themeFor, useColours } from '../theme';
import { Shell } from './shell';

/** Language, colours, and whoever is signed in; the address stays while one signs in. */
export function Root() {
  const { i18n } = useTranslation();
  const [, mode] = useColours();
  useEffect(() => {
    document.documentElement.dataset.mode = mode;
  }, [mode]);
  return (
    <ConfigProvider
      locale={i18n.language.startsWith('zh') ? zhCN : enUS}
      theme={themeFor(mode)}
      button={{ autoInsertSpace: false }}
    >
      <App component={false} message={{ maxCount: 3 }}>
        <Gate />
      </App>
    </ConfigProvider>
  );
}

function Gate() {
  const query = useSessionQuery();
  const { pathname, hash } = useLocation();
  const waiting = useWaiting(query.data);
  const link = pathname === '/sign-in' ? new URLSearchParams(hash).get('link') : null;
  if (link) return <ChoosePassword link={link} />;
  if (query.data?.signedIn && query.data.mustChange) return <ChoosePassword link={null} />;
  if (waiting === 'leave') return <main aria-busy="true" />;
  if (waiting === 'again')
    return <SignIn session={{ signedIn: false, demo: [], provider: null }} />;
  if (query.data?.signedIn) {
    return (
      <SessionContext value={query.data}>
        <StepUpProvider>
          <Shell key={`${query.data.account.id}/${query.data.position?.id}`} />
        </StepUpProvider>
      </SessionContext>
    );
  }
  if (query.data) return <SignIn session={query.data} />;
  if (!query.isError) return <main aria-busy="true" />;
  return (
    <main>
      <Failure error={query.error} onRetry={() => void query.refetch()} />
    </main>
  );
}
