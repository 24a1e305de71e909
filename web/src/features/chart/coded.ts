// How coded things are named on the screen, in the language of the reader where it is at hand.

const CJK = /[\u3400-\u9fff]/;

/** The text of a concept that suits the language: its text, else a display, else the code. */
export function conceptName(concept: fhir4.CodeableConcept | undefined, language: string): string {
  if (!concept) return '';
  const chinese = language.startsWith('zh');
  const texts = [concept.text, ...(concept.coding ?? []).map((coding) => coding.display)].filter(
    (text): text is string => Boolean(text),
  );
  const fitting = texts.find((text) => CJK.test(text) === chinese);
  return fitting ?? texts[0] ?? concept.coding?.[0]?.code ?? '';
}

export function allergyName(allergy: fhir4.AllergyIntolerance, language: string): string {
  return conceptName(allergy.code ?? allergy.reaction?.[0]?.substance, language);
}

/** "No known allergy" is written as an AllergyIntolerance of its own (SNOMED CT 716186003). */
export function isNoKnownAllergy(allergy: fhir4.AllergyIntolerance): boolean {
  return (allergy.code?.coding ?? []).some(
    (coding) => coding.code === '716186003' || coding.code === 'no-known-allergy',
  );
}

export function statusCode(concept: fhir4.CodeableConcept | undefined): string {
  return concept?.coding?.[0]?.code ?? 'unknown';
}

export function isActiveProblem(condition: fhir4.Condition): boolean {
  const status = statusCode(condition.clinicalStatus);
  return (
    ['active', 'recurrence', 'relapse', 'unknown'].includes(status) && !condition.abatementDateTime
  );
}

export function medicationName(request: fhir4.MedicationRequest, language: string): string {
  return (
    conceptName(request.medicationCodeableConcept, language) ||
    request.medicationReference?.display ||
    request.medicationReference?.reference ||
    ''
  );
}
