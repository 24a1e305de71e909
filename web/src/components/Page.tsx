import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';

/** A page below the frame: its heading, what it is for in one line, and what one can do on it. */
export function Page({
  title,
  intro,
  extra,
  wide,
  children,
}: {
  title: string;
  intro?: ReactNode;
  extra?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} – ${t('app.name')}`;
  }, [title, t]);
  return (
    <div className={wide ? 'page wide' : 'page'}>
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          {intro && <p className="quiet">{intro}</p>}
        </div>
        {extra && <div className="page-extra">{extra}</div>}
      </header>
      {children}
    </div>
  );
}
