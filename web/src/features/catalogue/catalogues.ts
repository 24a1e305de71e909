// Which catalogues there are, and how each is asked for.

const SYSTEMS = 'https://xinglin.example/fhir/CodeSystem';

export type Definition =
  | fhir4.MedicationKnowledge
  | fhir4.ChargeItemDefinition
  | fhir4.ObservationDefinition
  | fhir4.ActivityDefinition;

export interface Searched {
  code: string;
  type: Definition['resourceType'];
  filter?: string;
}

export type Catalogue = Searched | { code: string; system: string };

/** Catalogues of definitions are searched; lists are code systems, read whole. */
export const CATALOGUES: Catalogue[] = [
  { code: 'drugs', type: 'MedicationKnowledge' },
  { code: 'charges', type: 'ChargeItemDefinition' },
  { code: 'laboratory', type: 'ObservationDefinition' },
  { code: 'examinations', type: 'ActivityDefinition' },
  { code: 'frequencies', system: `${SYSTEMS}/frequency` },
  { code: 'routes', system: `${SYSTEMS}/route` },
  { code: 'forms', system: `${SYSTEMS}/dose-form` },
  { code: 'units', system: `${SYSTEMS}/pack-unit` },
  { code: 'specimens', system: `${SYSTEMS}/specimen` },
  { code: 'tubes', system: `${SYSTEMS}/tube` },
];

/** The search of a catalogue below /fhir; `term` takes Chinese, English, pinyin, initials, code. */
export function searchFor(catalogue: Searched, text: string): string {
  const value = text.trim().replace(/[\\,$|]/g, (sign) => `\\${sign}`);
  const term = value ? `term=${encodeURIComponent(value)}&` : '';
  return `${catalogue.type}?${catalogue.filter ?? ''}${term}_count=50`;
}

/** The concepts of a list that fit, whether one types Chinese, English or the code. */
export function fitting(
  concepts: fhir4.CodeSystemConcept[],
  text: string,
): fhir4.CodeSystemConcept[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return concepts;
  return concepts.filter((one) => {
    const typed = (one.extension ?? []).map((own) => own.valueString ?? '');
    const names = [one.code, one.display ?? '', ...(one.designation ?? []).map((d) => d.value)];
    return [...names, ...typed].some((name) => name.toLowerCase().includes(wanted));
  });
}
