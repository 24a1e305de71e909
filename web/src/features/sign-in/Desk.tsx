import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Switches } from '../../components/Switches';
import { Branch, Grove } from './Grove';
import './sign-in.css';

/** The frame before one is let in: the grove at the left, the form at the right. */
export function Desk({
  title,
  scene,
  children,
}: {
  title: string;
  scene?: ReactNode;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} – ${t('app.name')}`;
  }, [title, t]);
  return (
    <div className={scene ? 'sign-in with-demo' : 'sign-in'}>
      <aside className="sign-in-scene" aria-label={t('app.name')}>
        <Grove />
        <Branch />
        <div className="sign-in-words">
          <p className="sign-in-mark" lang="zh-CN">
            杏林
          </p>
          <p className="sign-in-motto">{t('signIn.motto')}</p>
        </div>
        {scene}
      </aside>
      <main className="sign-in-desk">
        <div className="sign-in-switches">
          <Switches />
        </div>
        <div className="sign-in-form">
          <img src="/leaf.svg" alt="" width={44} height={44} />
          <h1>{title}</h1>
          {children}
        </div>
        <footer className="quiet">{t('app.disclaimer')}</footer>
      </main>
    </div>
  );
}
