import { useCallback, useEffect, useRef, useState } from 'react';
import { useSession } from './session';

const DAYS = 7;
const PREFIX = 'xinglin.draft.';

interface Kept<T> {
  at: number;
  value: T;
}

/** Throws away drafts that nobody has come back to. */
export function sweepDrafts(now = Date.now()): void {
  for (const key of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
    const at = (JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Kept<unknown>>).at ?? 0;
    if (now - at > DAYS * 86_400_000) localStorage.removeItem(key);
  }
}

/**
 * What somebody is writing, kept on this computer until it is sent: it survives sign-out, a crash
 * and a lost connection, and belongs to its author alone.
 */
export function useDraft<T>(name: string, empty: T): [T, (value: T) => void, () => void] {
  const { account } = useSession();
  const key = `${PREFIX}${account.id}.${name}`;
  const first = useRef(empty);
  const [value, setValue] = useState<T>(() => {
    const kept = localStorage.getItem(key);
    return kept ? (JSON.parse(kept) as Kept<T>).value : empty;
  });
  useEffect(() => sweepDrafts(), []);
  const keep = useCallback(
    (next: T) => {
      setValue(next);
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), value: next }));
    },
    [key],
  );
  const drop = useCallback(() => {
    localStorage.removeItem(key);
    setValue(first.current);
  }, [key]);
  return [value, keep, drop];
}
