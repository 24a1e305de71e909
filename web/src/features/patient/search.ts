// Finding a patient by whatever the user has at hand.

import { get, matches } from '../../api/fhir';

export const LIMIT = 30;

/** The searches that a text means: a number is an identifier or a phone, letters may be pinyin. */
export function searchesFor(text: string): string[] {
  const value = text.trim().replace(/\s+/g, ' ');
  if (!value) return [`Patient?_count=${LIMIT}`];
  const escaped = encodeURIComponent(value.replace(/[\\,$|]/g, (sign) => `\\${sign}`));
  const tail = `_count=${LIMIT}`;
  if (/^\d[\dXx-]*$/.test(value)) {
    return [`Patient?identifier=${escaped}&${tail}`, `Patient?phone=${escaped}&${tail}`];
  }
  const found = [`Patient?name=${escaped}&${tail}`];
  if (/^[a-z' ]+$/i.test(value)) {
    const pinyin = encodeURIComponent(value.replace(/[' ]/g, '').toLowerCase());
    found.push(`Patient?phonetic=${pinyin}&${tail}`);
  }
  if (/\d/.test(value)) found.push(`Patient?identifier=${escaped}&${tail}`);
  return found;
}

/** Runs the searches at once and joins them, each patient once, in the order found. */
export async function findPatients(
  text: string,
  language: string,
  signal?: AbortSignal,
): Promise<fhir4.Patient[]> {
  const bundles = await Promise.all(
    searchesFor(text).map((path) => get<fhir4.Bundle>(path, language, signal)),
  );
  const found = new Map<string, fhir4.Patient>();
  for (const bundle of bundles) {
    for (const patient of matches<fhir4.Patient>(bundle)) found.set(patient.id!, patient);
  }
  return [...found.values()].slice(0, LIMIT);
}
