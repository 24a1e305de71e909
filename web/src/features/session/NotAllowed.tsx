import { LockOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { said } from '../../api/auth';
import { useSession } from './session';

/** A page that the present position does not open, and what to do about it. */
export function NotAllowed({ page }: { page: string }) {
  const { t, i18n } = useTranslation();
  const { position, positions } = useSession();
  return (
    <section className="not-allowed">
      <LockOutlined aria-hidden />
      <h1>{t('nav.notAllowed', { page })}</h1>
      <p>{t('nav.notAllowedRole', { role: said(position?.roleName, i18n.language) || '—' })}</p>
      <p className="quiet">
        {t(positions.length > 1 ? 'nav.notAllowedSwitch' : 'nav.notAllowedAsk')}
      </p>
    </section>
  );
}
