// Who is signed in: /auth, beside /fhir. No token reaches JavaScript but the CSRF token.

import { type Asked, Refusal, send, keepToken } from './http';

/** A text that the server keeps in both languages. */
export interface Text {
  zh: string;
  en: string;
}

export interface Named {
  reference: string;
  name: string | Text;
}

export interface Position {
  id: number;
  role: string;
  roleName: Text;
  organization: Named | null;
  units: Named[];
}

export interface DemoAccount {
  user: string;
  name: Text;
  role: string;
  roleName: Text;
  place: Text;
}

export interface Provider {
  name: string | Text;
  url: string;
  /** Why the provider cannot be asked now, where that is so. */
  down?: string | Text;
}

export interface SignedOut {
  signedIn: false;
  demo: DemoAccount[];
  provider: Provider | null;
  /** Set by the pages: there was a session, and it ended. */
  ended?: boolean;
}

export interface SignedIn {
  signedIn: true;
  csrf: string;
  account: {
    id: number;
    user: string;
    name: Text;
    practitioner: string | null;
    patient: string | null;
  };
  position: Position | null;
  positions: Position[];
  expires: string;
  shared: boolean;
  pin: boolean;
  stepUpUntil: string | null;
  /** A password that was given by somebody else must be changed first. */
  mustChange?: boolean;
  pages: string[];
}

export type Session = SignedIn | SignedOut;

export interface Device {
  id: number | string;
  current: boolean;
  device: string;
  address: string;
  since: string;
  last: string;
  expires: string;
}

export interface Passkey {
  id: number | string;
  name: string;
  since?: string;
  created?: string;
  last?: string | null;
}

export interface SharedUser {
  user: string;
  name: string | Text;
}

/** Gives a text of the server in the language of the reader. */
export function said(text: string | Text | null | undefined, language: string): string {
  if (!text) return '';
  if (typeof text === 'string') return text;
  return (language.startsWith('zh') ? text.zh : text.en) || text.zh || text.en;
}

export function ask<T>(path: string, language: string, asked?: Asked): Promise<T> {
  return send<T>(`/auth/${path}`, language, asked);
}

function remembered(session: Session): Session {
  keepToken(session.signedIn ? session.csrf : null);
  return session;
}

/** The session of this browser. */
export async function readSession(language: string, signal?: AbortSignal): Promise<Session> {
  return remembered(await ask<Session>('session', language, { signal, quiet: true }));
}

/** Anything that answers with a session: sign-in, demo, switch, position, passkey. */
export async function enter(path: string, body: unknown, language: string): Promise<Session> {
  return remembered(await ask<Session>(path, language, { method: 'POST', body, quiet: true }));
}

export async function signOut(language: string): Promise<void> {
  try {
    await ask('sign-out', language, { method: 'POST', quiet: true });
  } catch (error) {
    if (!(error instanceof Refusal && error.status === 401)) throw error;
  }
  keepToken(null);
}
