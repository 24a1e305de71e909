// A program waits for a sign-in (OAuth, /auth/authorize): whoever signs in goes on there.

import { useEffect, useState } from 'react';
import type { Session } from '../../api/auth';

/** Where to go on: an address below our own /auth, and nothing else. */
export function waitingAddress(path: string, search: string): string | null {
  const next = path === '/sign-in' ? new URLSearchParams(search).get('next') : null;
  return next?.startsWith('/auth/') ? next : null;
}

/** `leave`: on the way to the program; `again`: it asks that one signs in anew. */
export function useWaiting(session: Session | undefined): 'leave' | 'again' | null {
  const next = waitingAddress(location.pathname, location.search);
  const again = new URLSearchParams(location.search).has('again');
  const csrf = session?.signedIn ? session.csrf : null;
  const [first, setFirst] = useState<string | null>();
  if (session && first === undefined) setFirst(csrf);
  const leaves =
    next !== null && csrf !== null && (!again || (first !== undefined && csrf !== first));
  useEffect(() => {
    if (leaves && next) location.replace(next);
  }, [leaves, next]);
  if (leaves) return 'leave';
  return next !== null && again && csrf !== null ? 'again' : null;
}
