// Two records of people, side by side: what agrees, what nearly does, what differs.

import { address, displayName, shownDate } from '../patient/person';

export type Agreement = 'same' | 'similar' | 'differs' | 'missing';

export interface Compared {
  /** A key of `match.fields`, or the kind of a number (`identifier.NI`). */
  label: string;
  left: string[];
  right: string[];
  agreement: Agreement;
}

/** How many signs must be changed, added or taken away to make one of the other. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

const plain = (text: string) => text.toLowerCase().replace(/[\s·\-()（）]/g, '');

function near(a: string, b: string): boolean {
  const [one, other] = [plain(a), plain(b)];
  if (one.length > 3 && (one.includes(other) || other.includes(one))) return true;
  return distance(one, other) <= Math.max(1, Math.floor(Math.max(one.length, other.length) / 6));
}

/** `19900307` and `1990-07-03`: the same figures in another order, or one figure off. */
function nearDate(a: string, b: string): boolean {
  if (a.startsWith(b) || b.startsWith(a)) return true;
  const [year, month, day] = a.split('-');
  return `${year}-${day}-${month}` === b || distance(a, b) <= 1;
}

export function agreementOf(
  left: string[],
  right: string[],
  isNear: (a: string, b: string) => boolean = near,
): Agreement {
  if (left.length === 0 || right.length === 0) return 'missing';
  const own = new Set(left.map(plain));
  if (right.some((one) => own.has(plain(one)))) return 'same';
  return left.some((a) => right.some((b) => isNear(a, b))) ? 'similar' : 'differs';
}

const filled = (list: (string | null | undefined)[]) =>
  [...new Set(list.filter((one) => !!one))] as string[];

function namesOf(patient: fhir4.Patient): string[] {
  return filled((patient.name ?? []).map((one) => displayName([{ ...one, use: undefined }], 'en')));
}

function numbersOf(patient: fhir4.Patient): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const one of patient.identifier ?? []) {
    const kind = one.type?.coding?.[0]?.code ?? one.type?.text ?? one.system ?? '';
    if (one.value) found.set(kind, [...(found.get(kind) ?? []), one.value]);
  }
  return found;
}

const phonesOf = (patient: fhir4.Patient) =>
  filled((patient.telecom ?? []).map((one) => one.value));

function contactsOf(patient: fhir4.Patient): string[] {
  return filled(
    (patient.contact ?? []).map((one) =>
      [displayName(one.name ? [one.name] : [], 'zh'), one.telecom?.[0]?.value]
        .filter(Boolean)
        .join(' '),
    ),
  );
}

/** All that is known of either, in the order in which people look. */
export function compare(left: fhir4.Patient, right: fhir4.Patient): Compared[] {
  const row = (
    label: string,
    a: string[],
    b: string[],
    isNear?: (a: string, b: string) => boolean,
  ): Compared => ({ label, left: a, right: b, agreement: agreementOf(a, b, isNear) });
  const [ours, theirs] = [numbersOf(left), numbersOf(right)];
  const kinds = [...new Set([...ours.keys(), ...theirs.keys()])];
  const never = () => false;
  return [
    row('name', namesOf(left), namesOf(right)),
    row('gender', filled([left.gender]), filled([right.gender]), never),
    row(
      'birth',
      filled([shownDate(left.birthDate)]),
      filled([shownDate(right.birthDate)]),
      nearDate,
    ),
    ...kinds.map((kind) => row(`identifier.${kind}`, ours.get(kind) ?? [], theirs.get(kind) ?? [])),
    row('phone', phonesOf(left), phonesOf(right)),
    row(
      'address',
      filled((left.address ?? []).map(address)),
      filled((right.address ?? []).map(address)),
    ),
    row('contact', contactsOf(left), contactsOf(right)),
  ].filter((one) => one.left.length + one.right.length > 0);
}
