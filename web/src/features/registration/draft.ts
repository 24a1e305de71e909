// What a clerk has typed, and the Patient that it means.

import { readDate, readIdentity } from './identity';
import { splitName } from './name';

const SID = 'https://xinglin.example/fhir/sid';
const TABLE_0203 = 'http://terminology.hl7.org/CodeSystem/v2-0203';

/** Kinds of papers: code of HL7 table 0203, and the system of the number. */
export const PAPERS = {
  NI: `${SID}/cn-id`,
  PPN: `${SID}/passport`,
  BCT: `${SID}/birth-certificate`,
  HMT: `${SID}/hmt-permit`,
} as const;

export type Paper = keyof typeof PAPERS;
export type Gender = 'male' | 'female' | 'other' | 'unknown' | '';

export interface Draft {
  name: string;
  paper: Paper;
  number: string;
  gender: Gender;
  birth: string;
  phone: string;
  address: string;
  insurance: string;
  insuranceNumber: string;
  contactName: string;
  contactRelation: string;
  contactPhone: string;
}

export const EMPTY: Draft = {
  name: '',
  paper: 'NI',
  number: '',
  gender: '',
  birth: '',
  phone: '',
  address: '',
  insurance: '',
  insuranceNumber: '',
  contactName: '',
  contactRelation: '',
  contactPhone: '',
};

/** What is wrong with a draft, by field: a key of `registration.problems`. */
export function problems(draft: Draft): Partial<Record<keyof Draft, string>> {
  const found: Partial<Record<keyof Draft, string>> = {};
  const identity = draft.paper === 'NI' ? readIdentity(draft.number) : null;
  if (identity && 'problem' in identity) found.number = identity.problem;
  const birth = readDate(draft.birth);
  if (draft.birth && !birth) found.birth = 'birth';
  if (birth && birth > new Date().toISOString().slice(0, 10)) found.birth = 'future';
  if (draft.phone && !/^\+?[\d -]{7,20}$/.test(draft.phone)) found.phone = 'phone';
  if (identity && 'resident' in identity) {
    const { birth: inside, sex } = identity.resident;
    if (birth && birth !== inside) found.birth = 'birthDiffers';
    if (draft.gender && draft.gender !== sex) found.gender = 'genderDiffers';
  }
  return found;
}

/** Birth date and sex from the identity number, where nothing was typed yet. */
export function derived(draft: Draft): Draft {
  const identity = draft.paper === 'NI' ? readIdentity(draft.number) : null;
  if (!identity || 'problem' in identity) return draft;
  const { birth, sex } = identity.resident;
  return { ...draft, birth: draft.birth || birth, gender: draft.gender || sex };
}

/** Whether enough is known to register somebody. */
export function isComplete(draft: Draft): boolean {
  return !!draft.name.trim() && !!draft.gender && !!readDate(draft.birth);
}

/** Whether enough is known to look for the same person. */
export function canMatch(draft: Draft): boolean {
  const identity = readIdentity(draft.number);
  const sure = draft.number.length > 5 && !(identity && 'problem' in identity);
  const side = [readDate(draft.birth), draft.phone.length > 6 && draft.phone].filter(Boolean);
  return sure || (draft.name.trim().length > 1 && side.length > 0);
}

function typed(code: string): fhir4.CodeableConcept {
  return { coding: [{ system: TABLE_0203, code }] };
}

function identifiersOf(draft: Draft): fhir4.Identifier[] {
  const found: fhir4.Identifier[] = [];
  const identity = draft.paper === 'NI' ? readIdentity(draft.number) : null;
  const number =
    identity && 'resident' in identity ? identity.resident.number : draft.number.trim();
  const broken = identity && 'problem' in identity;
  if (number && !broken) {
    const code = draft.paper === 'HMT' ? 'PPN' : draft.paper;
    found.push({
      use: 'official',
      type: typed(code),
      system: PAPERS[draft.paper],
      value: number.toUpperCase(),
    });
  }
  if (draft.insuranceNumber.trim()) {
    const value = draft.insuranceNumber.trim();
    found.push({ type: typed('HC'), system: `${SID}/insurance`, value });
  }
  return found;
}

function contactOf(draft: Draft): fhir4.PatientContact[] {
  if (!draft.contactName.trim() && !draft.contactPhone.trim()) return [];
  const name = splitName(draft.contactName);
  return [
    {
      ...(draft.contactRelation ? { relationship: [{ text: draft.contactRelation }] } : {}),
      ...(name ? { name } : {}),
      ...(draft.contactPhone.trim()
        ? { telecom: [{ system: 'phone', value: draft.contactPhone.trim() }] }
        : {}),
    },
  ];
}

/** The Patient of a draft; the server adds pinyin, record numbers and the index number. */
export function patientOf(draft: Draft): fhir4.Patient {
  const name = splitName(draft.name);
  const identifier = identifiersOf(draft);
  const contact = contactOf(draft);
  const birthDate = readDate(draft.birth) ?? undefined;
  const phone = draft.phone.replace(/[ -]/g, '');
  return {
    resourceType: 'Patient',
    active: true,
    ...(identifier.length ? { identifier } : {}),
    ...(name ? { name: [name] } : {}),
    ...(phone ? { telecom: [{ system: 'phone', value: phone, use: 'mobile' }] } : {}),
    ...(draft.gender ? { gender: draft.gender } : {}),
    ...(birthDate ? { birthDate } : {}),
    ...(draft.address.trim() ? { address: [{ use: 'home', text: draft.address.trim() }] } : {}),
    ...(contact.length ? { contact } : {}),
  };
}

/** How the stay is paid, as a Coverage of the new patient; null for who pays alone. */
export function coverageOf(draft: Draft, patient: string, text: string): fhir4.Coverage | null {
  if (!draft.insurance || draft.insurance === 'self') return null;
  return {
    resourceType: 'Coverage',
    status: 'active',
    type: { coding: [{ system: `${SID}/insurance-class`, code: draft.insurance }], text },
    beneficiary: { reference: patient },
    ...(draft.insuranceNumber.trim() ? { subscriberId: draft.insuranceNumber.trim() } : {}),
    payor: [{ display: text }],
  };
}
