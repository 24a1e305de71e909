// `Patient/$register`: a new person, or the candidates that somebody must look at first.

import { post } from '../../api/fhir';
import { type Candidate, candidates } from '../match/grade';

export type Decision = 'ask' | 'create';

export type Registered = { patient: fhir4.Patient } | { candidates: Candidate[] };

export function registered(answer: fhir4.Parameters): Registered {
  const parts = answer.parameter ?? [];
  const inside = (name: string) => parts.find((one) => one.name === name)?.resource;
  const patient = inside('patient');
  if (patient) return { patient: patient as fhir4.Patient };
  const bundle = inside('candidates') as fhir4.Bundle | undefined;
  return { candidates: bundle ? candidates(bundle) : [] };
}

export async function register(
  patient: fhir4.Patient,
  decision: Decision,
  reason: string,
  language: string,
): Promise<Registered> {
  const body: fhir4.Parameters = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'patient', resource: patient },
      ...(decision === 'create' ? [{ name: 'decision', valueCode: decision }] : []),
      ...(reason ? [{ name: 'reason', valueString: reason }] : []),
    ],
  };
  return registered(await post<fhir4.Parameters>('Patient/$register', body, language));
}
