import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { type Session, type SignedIn, type SignedOut, readSession, signOut } from '../../api/auth';
import { onSignedOut } from '../../api/http';

const KEY = ['session'];
const TABS = 'BroadcastChannel' in globalThis ? new BroadcastChannel('xinglin.session') : null;

const NOBODY: SignedOut = { signedIn: false, demo: [], provider: null };
const ENDED: SignedOut = { ...NOBODY, ended: true };

/** Everything that was read belongs to whoever has just left. */
function forget(client: QueryClient): void {
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== KEY[0] });
}

/** Puts a session in place, here and in the other tabs. */
export function useEnter(): (session: Session) => void {
  const client = useQueryClient();
  return (session) => {
    const before = client.getQueryData<Session>(KEY);
    const same =
      before?.signedIn &&
      session.signedIn &&
      before.account.id === session.account.id &&
      before.position?.id === session.position?.id;
    if (!same) forget(client);
    client.setQueryData<Session>(KEY, session);
    TABS?.postMessage('changed');
  };
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  const { i18n } = useTranslation();
  return async () => {
    await signOut(i18n.language);
    client.setQueryData<Session>(KEY, NOBODY);
    forget(client);
    await client.invalidateQueries({ queryKey: KEY });
    TABS?.postMessage('changed');
  };
}

/** The session query of the whole application; kept fresh across tabs and when the window wakes. */
export function useSessionQuery() {
  const client = useQueryClient();
  const { i18n } = useTranslation();
  useEffect(() => {
    onSignedOut(() => {
      const before = client.getQueryData<Session>(KEY);
      if (!before?.signedIn) return;
      client.setQueryData<Session>(KEY, ENDED);
      void client.invalidateQueries({ queryKey: KEY });
    });
    const changed = () => void client.invalidateQueries({ queryKey: KEY });
    TABS?.addEventListener('message', changed);
    return () => TABS?.removeEventListener('message', changed);
  }, [client]);
  return useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }): Promise<Session> => {
      const before = client.getQueryData<Session>(KEY);
      const now = await readSession(i18n.language, signal);
      const ended = !now.signedIn && !!before && (before.signedIn || before.ended);
      return ended ? { ...now, ended } : now;
    },
    staleTime: 60_000,
    refetchOnWindowFocus: 'always',
  });
}

export const SessionContext = createContext<SignedIn | null>(null);

/** Whoever is signed in; only below the shell, which lets nobody else in. */
export function useSession(): SignedIn {
  const session = useContext(SessionContext);
  if (!session) throw new Error('outside the shell');
  return session;
}
