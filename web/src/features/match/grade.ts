// What the index says of a likely match. https://hl7.org/fhir/R4/patient-operation-match.html

const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade';

export type Grade = 'certain' | 'probable' | 'possible' | 'certainly-not';

export interface Candidate {
  patient: fhir4.Patient;
  grade: Grade;
  /** 0 to 1. */
  score: number;
}

/** The candidates of a `$match` answer, the likeliest first. */
export function candidates(bundle: fhir4.Bundle): Candidate[] {
  return (bundle.entry ?? [])
    .filter((entry) => entry.resource?.resourceType === 'Patient')
    .map((entry) => ({
      patient: entry.resource as fhir4.Patient,
      grade: (entry.search?.extension?.find((one) => one.url === GRADE)?.valueCode ??
        'possible') as Grade,
      score: entry.search?.score ?? 0,
    }))
    .filter((one) => one.grade !== 'certainly-not')
    .sort((a, b) => b.score - a.score);
}
