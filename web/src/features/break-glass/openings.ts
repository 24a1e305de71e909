// Break-glass as the server tells it: openings to review, and masked people to choose from.

export const PURPOSES = ['ETREAT', 'TREAT', 'HOPERAT', 'PATRQT'] as const;
export const OUTCOMES = ['justified', 'unjustified', 'unclear'] as const;
export type Outcome = (typeof OUTCOMES)[number];
export type Status = 'open' | 'reviewed' | 'all';

export interface Opening {
  id: string;
  patient: string;
  patientName: string;
  who: string;
  actor: string;
  role: string;
  reason: string;
  purpose: string;
  since: string;
  until: string;
  status: string;
  reviewed: string;
  reviewer: string;
  outcome: string;
  comment: string;
}

type Part = fhir4.ParametersParameter;

function reader(parts: Part[]) {
  const find = (name: string) => parts.find((one) => one.name === name);
  const text = (name: string) => {
    const part = find(name);
    const value = part?.valueString ?? part?.valueCode ?? part?.valueInstant ?? part?.valueId;
    return value ?? '';
  };
  return { find, text };
}

export function openingsOf(answer: fhir4.Parameters): Opening[] {
  return (answer.parameter ?? [])
    .filter((one) => one.name === 'opening')
    .map((one) => {
      const { find, text } = reader(one.part ?? []);
      const patient = find('patient')?.valueReference;
      return {
        id: text('id'),
        patient: patient?.reference?.replace('Patient/', '') ?? '',
        patientName: patient?.display ?? '',
        who: find('practitioner')?.valueReference?.display ?? text('actor'),
        actor: text('actor'),
        role: text('role'),
        reason: text('reason'),
        purpose: text('purpose'),
        since: text('since'),
        until: text('until'),
        status: text('status'),
        reviewed: text('reviewed'),
        reviewer: text('reviewer'),
        outcome: text('outcome'),
        comment: text('comment'),
      };
    });
}

/** Enough to recognise somebody: 张*, sex, year of birth. */
export interface Masked {
  patient: string;
  name: string;
  gender: string;
  birthYear: string;
}

export function maskedOf(answer: fhir4.Parameters): Masked[] {
  return (answer.parameter ?? [])
    .filter((one) => one.name === 'patient')
    .map((one) => {
      const { find, text } = reader(one.part ?? []);
      return {
        patient: find('patient')?.valueReference?.reference?.replace('Patient/', '') ?? '',
        name: text('name'),
        gender: text('gender'),
        birthYear: text('birthYear'),
      };
    });
}
