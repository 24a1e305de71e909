import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Refusal, batch, get, matches, nextPage, ofType } from '../../api/fhir';

export interface Chart {
  patient: fhir4.Patient;
  allergies: fhir4.AllergyIntolerance[] | null;
  problems: fhir4.Condition[];
  medications: fhir4.MedicationRequest[];
  medicationsById: Map<string, fhir4.Medication>;
  observations: fhir4.Observation[];
  /** Warnings in force now. */
  flags: fhir4.Flag[];
  /** What could not be read, in the server's words. */
  refused: string[];
}

function inForce(flag: fhir4.Flag): boolean {
  const end = flag.period?.end;
  return flag.status === 'active' && (!end || new Date(end) > new Date());
}

/** The first screen of a chart is one round trip: a batch of searches. */
async function readChart(id: string, language: string, signal: AbortSignal): Promise<Chart> {
  const one = encodeURIComponent(id);
  const answers = await batch(
    [
      `Patient/${one}`,
      `AllergyIntolerance?patient=${one}&_count=100`,
      `Condition?patient=${one}&_sort=-onset-date&_count=200`,
      `MedicationRequest?patient=${one}&_sort=-authoredon&_count=100&_include=MedicationRequest:medication`,
      `Observation?patient=${one}&category=vital-signs&_sort=-date&_count=300`,
      `Observation?patient=${one}&category:not=vital-signs&_sort=-date&_count=500`,
      `Flag?patient=${one}&_count=50`,
    ],
    language,
    signal,
  );
  const [patient, allergies, problems, medications, vitals, others, flags] = answers;
  if (!patient || patient instanceof Refusal) throw patient ?? new Refusal(500, '');
  const drugs = ofType<fhir4.Medication>(medications, 'Medication');
  return {
    patient: patient as fhir4.Patient,
    allergies: allergies instanceof Refusal ? null : matches<fhir4.AllergyIntolerance>(allergies),
    problems: matches<fhir4.Condition>(problems),
    medications: matches<fhir4.MedicationRequest>(medications),
    medicationsById: new Map(drugs.map((drug) => [`Medication/${drug.id}`, drug])),
    observations: [...matches<fhir4.Observation>(vitals), ...matches<fhir4.Observation>(others)],
    flags: matches<fhir4.Flag>(flags).filter(inForce),
    refused: answers.filter((a): a is Refusal => a instanceof Refusal).map((a) => a.message),
  };
}

export function useChart(id: string, language: string) {
  return useQuery({
    queryKey: ['chart', id, language],
    queryFn: ({ signal }) => readChart(id, language, signal),
  });
}

/** Encounters, newest first, page by page as the reader asks for older ones. */
export function useEncounters(id: string, language: string) {
  return useInfiniteQuery({
    queryKey: ['encounters', id, language],
    initialPageParam: `Encounter?patient=${encodeURIComponent(id)}&_sort=-date&_count=20&_include=Encounter:service-provider&_include=Encounter:location`,
    queryFn: ({ pageParam, signal }) => get<fhir4.Bundle>(pageParam, language, signal),
    getNextPageParam: (last) => nextPage(last),
  });
}
