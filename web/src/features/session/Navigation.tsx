import {
  AuditOutlined,
  DatabaseOutlined,
  EyeOutlined,
  IdcardOutlined,
  SafetyOutlined,
  SearchOutlined,
  TeamOutlined,
  UnlockOutlined,
  UserAddOutlined,
  UserSwitchOutlined,
} from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PAGES, type PageCode, mayOpen } from './pages';
import { useSession } from './session';

const ICONS: Record<PageCode, ReactNode> = {
  patients: <SearchOutlined />,
  registration: <UserAddOutlined />,
  'match-review': <UserSwitchOutlined />,
  catalogues: <DatabaseOutlined />,
  users: <TeamOutlined />,
  roles: <SafetyOutlined />,
  audit: <AuditOutlined />,
  'who-saw': <EyeOutlined />,
  'break-glass-review': <UnlockOutlined />,
};

/** The pages of the present position, at the left; behind a button on a narrow screen. */
export function Navigation({ open }: { open: boolean }) {
  const { t } = useTranslation();
  const { pages } = useSession();
  return (
    <nav id="navigation" className={open ? 'nav open' : 'nav'} aria-label={t('nav.label')}>
      <ul>
        {PAGES.filter((page) => mayOpen(pages, page.code)).map((page) => (
          <li key={page.code}>
            <Link
              to={page.path}
              activeOptions={{ exact: page.path === '/' }}
              activeProps={{ 'aria-current': 'page' }}
            >
              {ICONS[page.code]}
              <span>{t(page.label)}</span>
            </Link>
          </li>
        ))}
        <li className="nav-own">
          <Link to="/account" activeProps={{ 'aria-current': 'page' }}>
            <IdcardOutlined />
            <span>{t('nav.account')}</span>
          </Link>
        </li>
      </ul>
    </nav>
  );
}
