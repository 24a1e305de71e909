import { Result } from 'antd';
import { useTranslation } from 'react-i18next';
import { said } from '../../api/auth';
import { useSession } from './session';

/** A page that the present position does not open, and what to do about it. */
export function NotAllowed({ page }: { page: string }) {
  const { t, i18n } = useTranslation();
  const { position, positions } = useSession();
  return (
    <Result
      status="403"
      icon={null}
      title={t('nav.notAllowed', { page })}
      subTitle={
        <>
          <p>{t('nav.notAllowedRole', { role: said(position?.roleName, i18n.language) || '—' })}</p>
          <p>{t(positions.length > 1 ? 'nav.notAllowedSwitch' : 'nav.notAllowedAsk')}</p>
        </>
      }
    />
  );
}
