import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type DemoAccount, enter, said } from '../../api/auth';
import { useEnter } from '../session/session';
import { reasonOf } from './PasswordForm';
import { grouped } from './families';

/** The invented people of the demonstration group: one click signs in. */
export function DemoAccounts({
  accounts,
  onFailure,
}: {
  accounts: DemoAccount[];
  onFailure: (text: string | null) => void;
}) {
  const { t, i18n } = useTranslation();
  const signIn = useEnter();
  const [text, setText] = useState('');
  const [busy, setBusy] = useState<string | null>(null);
  const language = i18n.language;
  const groups = grouped(accounts, text);
  const choose = async (account: DemoAccount | undefined) => {
    if (!account) return;
    setBusy(account.user);
    onFailure(null);
    try {
      signIn(await enter('demo', { user: account.user }, language));
    } catch (error) {
      onFailure(reasonOf(error, t('error.network')));
      setBusy(null);
    }
  };
  return (
    <section className="demo-accounts" aria-label={t('signIn.demo')}>
      <header>
        <div>
          <h2>{t('signIn.demo')}</h2>
          <p className="quiet">{t('signIn.demoHint')}</p>
        </div>
        <Input
          allowClear
          className="filter"
          aria-label={t('signIn.demoFilter')}
          placeholder={t('signIn.demoFilter')}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onPressEnter={() => void choose(groups[0]?.accounts[0])}
        />
      </header>
      <div className="demo-groups" tabIndex={0} role="group" aria-label={t('signIn.demo')}>
        {groups.length === 0 && <p className="quiet">{t('signIn.demoNone')}</p>}
        {groups.map((group) => (
          <div key={group.family}>
            <h3>{t(`signIn.families.${group.family}`)}</h3>
            <ul>
              {group.accounts.map((account) => (
                <li key={account.user}>
                  <button
                    type="button"
                    disabled={busy !== null}
                    aria-busy={busy === account.user}
                    onClick={() => void choose(account)}
                  >
                    <strong>{said(account.roleName, language) || account.role}</strong>
                    <span className="quiet">
                      {[said(account.name, language), said(account.place, language)]
                        .filter(Boolean)
                        .join(' · ')}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </section>
  );
}
