import type { ReactNode } from 'react';

/** A titled part of the chart; an empty one says so in words. */
export function Panel({
  title,
  count,
  extra,
  className,
  children,
}: {
  title: string;
  count?: number;
  extra?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  return (
    <section className={`panel ${className ?? ''}`} aria-label={title}>
      <header>
        <h2>
          {title}
          {count !== undefined && count > 0 && <span className="quiet"> {count}</span>}
        </h2>
        {extra}
      </header>
      {children}
    </section>
  );
}
