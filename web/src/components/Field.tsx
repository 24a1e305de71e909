import { type ReactNode, useId } from 'react';

/** A label above its control; the hint, or what is wrong with the value, below it. */
export function Field({
  label,
  hint,
  error,
  required,
  className,
  children,
}: {
  label: string;
  hint?: ReactNode;
  error?: string | null;
  required?: boolean;
  className?: string;
  children: (props: { id: string; 'aria-describedby': string }) => ReactNode;
}) {
  const id = useId();
  return (
    <div className={`field ${className ?? ''}`}>
      <label htmlFor={id}>
        {label}
        {required && (
          <span className="needed" aria-hidden>
            {' '}
            *
          </span>
        )}
      </label>
      {children({ id, 'aria-describedby': `${id}-said` })}
      <p id={`${id}-said`} className={error ? 'said wrong' : 'said quiet'} role="status">
        {error ?? hint}
      </p>
    </div>
  );
}
