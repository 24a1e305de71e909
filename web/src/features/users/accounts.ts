// Accounts and roles, as /auth keeps them.

import { type Position, type Text, ask } from '../../api/auth';

export interface AccountRow {
  id: number;
  user: string;
  name: Text;
  active: boolean;
  locked?: boolean;
  practitioner?: string | null;
  positions?: Position[];
  lastSignIn?: string | null;
  /** Whether a password was ever chosen. */
  password?: boolean;
}

export interface RoleExample {
  text: Text;
  allowed: boolean;
}

export interface Role {
  code: string;
  name: Text;
  version?: string;
  description?: Text;
  scopes?: string[];
  examples?: RoleExample[];
  breakGlass?: boolean;
}

/** Lists come bare or inside an object, by the name of what they list. */
function listOf<T>(answer: T[] | Record<string, T[]>): T[] {
  return Array.isArray(answer) ? answer : (Object.values(answer).find(Array.isArray) ?? []);
}

export async function findAccounts(text: string, language: string, signal: AbortSignal) {
  const query = `accounts?q=${encodeURIComponent(text)}`;
  return listOf(await ask<AccountRow[]>(query, language, { signal }));
}

export async function readRoles(language: string, signal: AbortSignal): Promise<Role[]> {
  return listOf(await ask<Role[]>('roles', language, { signal }));
}

export async function readPositions(id: number, language: string, signal: AbortSignal) {
  return listOf(await ask<Position[]>(`accounts/${id}/positions`, language, { signal }));
}
