import { useTranslation } from 'react-i18next';
import { said } from '../../api/auth';
import { Page } from '../../components/Page';
import { useSession } from '../session/session';
import { Passkeys } from './Passkeys';
import { PasswordPanel } from './PasswordPanel';
import { PinPanel } from './PinPanel';
import { Positions } from './Positions';
import { Sessions } from './Sessions';

/** What belongs to whoever is signed in: positions, sign-ins, password, PIN, passkeys. */
export function Account() {
  const { t, i18n } = useTranslation();
  const { account } = useSession();
  const name = said(account.name, i18n.language) || account.user;
  return (
    <Page title={t('account.title')} intro={t('account.intro', { name, user: account.user })}>
      <div className="two-columns">
        <div className="stack">
          <Positions />
          <Sessions />
        </div>
        <div className="stack">
          <PasswordPanel />
          <PinPanel />
          <Passkeys />
        </div>
      </div>
    </Page>
  );
}
