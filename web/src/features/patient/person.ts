// How a person is shown: name, age, identifiers. Times are shown as they were written, in the
// zone of the place where they were written.

const CJK = /[\u3400-\u9fff]/;

function plain(name: fhir4.HumanName): string {
  if (name.text) return name.text;
  const given = (name.given ?? []).join(' ');
  const family = name.family ?? '';
  if (CJK.test(family + given)) return family + given.replaceAll(' ', '');
  return [name.prefix?.join(' '), given, family].filter(Boolean).join(' ');
}

/** The name in the script that suits the language; the official one where there is no choice. */
export function displayName(names: fhir4.HumanName[] | undefined, language: string): string | null {
  const usable = (names ?? []).filter((name) => name.use !== 'old' && plain(name).trim() !== '');
  if (usable.length === 0) return null;
  const chinese = language.startsWith('zh');
  const fitting = usable.find((name) => CJK.test(plain(name)) === chinese);
  const official = usable.find((name) => name.use === 'official') ?? usable[0];
  return plain((chinese ? fitting : undefined) ?? official!);
}

/** The same name in the other script, shown small beside the first. */
export function otherName(
  names: fhir4.HumanName[] | undefined,
  shown: string | null,
): string | null {
  const other = (names ?? []).find((name) => name.use !== 'old' && plain(name) !== shown);
  return other ? plain(other) : null;
}

export type Age = {
  key: 'years' | 'months' | 'days' | 'ageUnknown';
  count: number;
};

/** Days under one month, months under two years, then years; on the day of death for the dead. */
export function age(birthDate: string | undefined, on: Date): Age {
  const [year, month = 1, day = 1] = (birthDate ?? '').split('-').map(Number);
  if (!year) return { key: 'ageUnknown', count: 0 };
  const days = Math.floor((on.getTime() - new Date(year, month - 1, day).getTime()) / 86_400_000);
  let months = (on.getFullYear() - year) * 12 + on.getMonth() + 1 - month;
  if (on.getDate() < day) months -= 1;
  if (days < 0) return { key: 'ageUnknown', count: 0 };
  if (months < 1) return { key: 'days', count: days };
  if (months < 24) return { key: 'months', count: months };
  return { key: 'years', count: Math.floor(months / 12) };
}

export function ageOf(patient: fhir4.Patient): Age {
  const died = patient.deceasedDateTime;
  return age(patient.birthDate, died ? new Date(died) : new Date());
}

/** `2021-03-04T07:30:00+08:00` is shown as `2021-03-04 07:30`, a date as it is. */
export function shownTime(value: string | undefined): string {
  if (!value) return '';
  return value.length > 10 ? `${value.slice(0, 10)} ${value.slice(11, 16)}` : value;
}

export function shownDate(value: string | undefined): string {
  return value?.slice(0, 10) ?? '';
}

export interface Identifier {
  /** Code of HL7 table 0203, where the identifier has a type from it. */
  code: string | null;
  label: string;
  value: string;
}

/** Record number, then identity number, then the others. */
const RANK = ['MR', 'NI', 'PPN'];

/** Identifiers with a label: the record number first, then the others. */
export function identifiers(patient: fhir4.Patient): Identifier[] {
  const list = (patient.identifier ?? []).filter((one) => one.value);
  const codeOf = (one: fhir4.Identifier) => one.type?.coding?.[0]?.code ?? null;
  const rank = (one: fhir4.Identifier) => {
    const place = RANK.indexOf(codeOf(one) ?? '');
    return place < 0 ? RANK.length : place;
  };
  return [...list]
    .sort((a, b) => rank(a) - rank(b))
    .map((one) => ({
      code: codeOf(one),
      label: one.type?.text ?? one.type?.coding?.[0]?.display ?? codeOf(one) ?? '',
      value: one.value!,
    }));
}

export function address(one: fhir4.Address): string {
  if (one.text) return one.text;
  const parts = [one.state, one.city, one.district, ...(one.line ?? [])].filter(Boolean);
  return CJK.test(parts.join('')) ? parts.join('') : [...parts].reverse().join(', ');
}

/** Whether the record itself says that it is test health data (HL7 v3 ActReason HTEST). */
export function isTestData(patient: fhir4.Patient): boolean {
  const labels = [...(patient.meta?.security ?? []), ...(patient.meta?.tag ?? [])];
  return labels.some((label) => label.code === 'HTEST');
}

/** Whether the record is sealed: restricted or very restricted (HL7 v3 Confidentiality R, V). */
export function isConfidential(patient: fhir4.Patient): boolean {
  return (patient.meta?.security ?? []).some((label) => label.code === 'R' || label.code === 'V');
}
