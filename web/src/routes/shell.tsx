import { BulbOutlined, GlobalOutlined, QuestionOutlined, SearchOutlined } from '@ant-design/icons';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { Button, ConfigProvider, Modal } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changeLanguage } from '../i18n';
import { type Mode, firstMode, keepMode, themeFor } from '../theme';

const SHORTCUTS: [string, string][] = [
  ['Ctrl K', 'keys.search'],
  ['↑ ↓', 'keys.move'],
  ['Enter', 'keys.open'],
  ['Alt ←', 'keys.back'],
  ['?', 'keys.help'],
];

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

export function Shell() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const [mode, setMode] = useState<Mode>(firstMode);
  const [help, setHelp] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing) return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        void navigate({ to: '/' });
      } else if (event.key === '?' && !isTyping(event.target)) {
        setHelp(true);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate]);
  useEffect(() => {
    document.documentElement.dataset.mode = mode;
    keepMode(mode);
  }, [mode]);
  const chinese = i18n.language.startsWith('zh');
  return (
    <ConfigProvider
      locale={chinese ? zhCN : enUS}
      theme={themeFor(mode)}
      button={{ autoInsertSpace: false }}
    >
      <a className="skip" href="#content">
        {t('app.skip')}
      </a>
      <header className="top">
        <a
          className="brand"
          href="/"
          onClick={(event) => {
            event.preventDefault();
            void navigate({ to: '/' });
          }}
        >
          <img src="/leaf.svg" alt="" width={24} height={24} />
          {t('app.name')}
        </a>
        <Button type="text" icon={<SearchOutlined />} onClick={() => void navigate({ to: '/' })}>
          {t('app.home')} <kbd>Ctrl K</kbd>
        </Button>
        <span className="grow" />
        <Button
          type="text"
          icon={<GlobalOutlined />}
          lang={chinese ? 'en' : 'zh-CN'}
          onClick={() => void changeLanguage(chinese ? 'en' : 'zh-CN')}
        >
          {t('app.language')}
        </Button>
        <Button
          type="text"
          icon={<BulbOutlined />}
          aria-label={t(mode === 'dark' ? 'app.themeLight' : 'app.themeDark')}
          title={t(mode === 'dark' ? 'app.themeLight' : 'app.themeDark')}
          onClick={() => setMode(mode === 'dark' ? 'light' : 'dark')}
        />
        <Button
          type="text"
          icon={<QuestionOutlined />}
          aria-label={t('app.keyboard')}
          title={t('app.keyboard')}
          onClick={() => setHelp(true)}
        />
      </header>
      <main id="content">
        <Outlet />
      </main>
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
    </ConfigProvider>
  );
}
