// `Patient/$register`: a new person, or the candidates that somebody must look at first.

import { post } from '../../api/fhir';
import { type Candidate, candidates } from '../match/grade';

export type Decision = 'ask' | 'new';

export type Registered = { patient: fhir4.Patient } | { candidates: Candidate[] };

function registered(answer: fhir4.Resource): Registered {
  if (answer.resourceType === 'Patient') return { patient: answer as fhir4.Patient };
  if (answer.resourceType === 'Bundle') return { candidates: candidates(answer as fhir4.Bundle) };
  const parts = (answer as fhir4.Parameters).parameter ?? [];
  const inside = (name: string) => parts.find((one) => one.name === name)?.resource;
  const bundle =
    inside('candidates') ?? parts.find((one) => one.resource?.resourceType === 'Bundle')?.resource;
  if (bundle) return { candidates: candidates(bundle as fhir4.Bundle) };
  const patient = parts.find((one) => one.resource?.resourceType === 'Patient')?.resource;
  return { patient: patient as fhir4.Patient };
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
      { name: 'resource', resource: patient },
      { name: 'decision', valueCode: decision },
      ...(reason ? [{ name: 'reason', valueString: reason }] : []),
    ],
  };
  return registered(await post<fhir4.Resource>('Patient/$register', body, language));
}
