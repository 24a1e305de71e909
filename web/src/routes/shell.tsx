import { MenuOutlined, QuestionOutlined, SearchOutlined } from '@ant-design/icons';
import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { Button, Modal } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Switches } from '../components/Switches';
import { Navigation } from '../features/session/Navigation';
import { NotAllowed } from '../features/session/NotAllowed';
import { UserMenu } from '../features/session/UserMenu';
import { mayOpen, pageAt, seesPatients } from '../features/session/pages';
import { useSession } from '../features/session/session';

const SHORTCUTS: [string, string][] = [
  ['Ctrl K', 'keys.search'],
  ['↑ ↓', 'keys.move'],
  ['Enter', 'keys.open'],
  ['Alt ←', 'keys.back'],
  ['Esc', 'keys.close'],
  ['?', 'keys.help'],
];

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

function useShortcuts(help: () => void) {
  const navigate = useNavigate();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing) return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        void navigate({ to: '/' });
      } else if (event.key === '?' && !isTyping(event.target)) {
        help();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate, help]);
}

/** The frame around every page: whom it belongs to, where one can go, and the page itself. */
export function Shell() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const session = useSession();
  const { pathname } = useLocation();
  const [help, setHelp] = useState(false);
  const [menu, setMenu] = useState(false);
  useShortcuts(() => setHelp(true));
  useEffect(() => setMenu(false), [pathname]);
  const page = pageAt(pathname);
  const own = page?.code === 'who-saw' && session.account.patient !== null;
  const allowed = !page || own || mayOpen(session.pages, page.code);
  return (
    <>
      <a className="skip" href="#content">
        {t('app.skip')}
      </a>
      <header className="top">
        <Button
          className="menu-button"
          type="text"
          icon={<MenuOutlined />}
          aria-label={t('nav.menu')}
          aria-expanded={menu}
          aria-controls="navigation"
          onClick={() => setMenu(!menu)}
        />
        <a
          className="brand"
          href="/"
          onClick={(event) => {
            event.preventDefault();
            void navigate({ to: '/' });
          }}
        >
          <img src="/leaf.svg" alt="" width={24} height={24} />
          <span className="name">{t('app.name')}</span>
        </a>
        {seesPatients(session.pages) && (
          <Button
            className="find"
            type="text"
            icon={<SearchOutlined />}
            onClick={() => void navigate({ to: '/' })}
          >
            {t('app.home')} <kbd>Ctrl K</kbd>
          </Button>
        )}
        <span className="grow" />
        <Switches />
        <Button
          className="help-button"
          type="text"
          icon={<QuestionOutlined />}
          aria-label={t('app.keyboard')}
          title={t('app.keyboard')}
          onClick={() => setHelp(true)}
        />
        <UserMenu />
      </header>
      <div className="frame">
        <Navigation open={menu} />
        <main id="content" tabIndex={-1}>
          {allowed ? <Outlet /> : <NotAllowed page={t(page.label)} />}
        </main>
      </div>
      <footer className="quiet">{t('app.disclaimer')}</footer>
      <Modal title={t('keys.title')} open={help} onCancel={() => setHelp(false)} footer={null}>
        <dl className="keys">
          {SHORTCUTS.map(([key, text]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{t(text)}</dd>
            </div>
          ))}
        </dl>
      </Modal>
    </>
  );
}
