// What an entry of a catalogue is called, in which state it is, and what is known of it.

import type { Definition } from './catalogues';

const STATUS = 'https://xinglin.example/fhir/CodeSystem/catalogue-status';
const TRANSLATION = 'http://hl7.org/fhir/StructureDefinition/translation';

export type State = 'draft' | 'review' | 'active' | 'retired';

/** The stewards' own state where it is marked, else the status of the resource. */
export function stateOf(entry: Definition): State {
  const marked = entry.meta?.tag?.find((one) => one.system === STATUS)?.code;
  if (marked === 'draft' || marked === 'review') return marked;
  const status = 'status' in entry ? entry.status : undefined;
  if (status === 'retired' || status === 'inactive') return 'retired';
  return status === 'draft' ? 'draft' : 'active';
}

export function translated(
  text: string | undefined,
  element: fhir4.Element | undefined,
  language: string,
): string {
  if (language.startsWith('zh')) return text ?? '';
  const found = element?.extension
    ?.find((one) => one.url === TRANSLATION)
    ?.extension?.find((one) => one.url === 'content')?.valueString;
  return found ?? text ?? '';
}

export function conceptText(concept: fhir4.CodeableConcept | undefined, language: string): string {
  if (!concept) return '';
  const shown = concept.text ?? concept.coding?.[0]?.display ?? concept.coding?.[0]?.code;
  return translated(shown, concept._text, language);
}

export function titleOf(entry: Definition, language: string): string {
  if ('title' in entry && entry.title) {
    return translated(entry.title, entry._title, language);
  }
  return conceptText(entry.code, language) || entry.id || '';
}

/** The names besides the title: synonyms of a drug, the reporting name of a test. */
export function otherNames(entry: Definition, language: string): string[] {
  const title = titleOf(entry, language);
  const own =
    entry.resourceType === 'MedicationKnowledge'
      ? (entry.synonym ?? [])
      : entry.resourceType === 'ObservationDefinition'
        ? [entry.preferredReportName ?? '']
        : ['subtitle' in entry ? (entry.subtitle ?? '') : ''];
  return own.filter((name) => name && name !== title);
}

export function codeOf(entry: Definition): string {
  return entry.code?.coding?.[0]?.code ?? '';
}

const number = (value: number | undefined) => (value === undefined ? '' : String(value));

export function amount(quantity: fhir4.Quantity | undefined): string {
  if (!quantity) return '';
  return `${number(quantity.value)} ${quantity.unit ?? quantity.code ?? ''}`.trim();
}

function ratio(value: fhir4.Ratio | undefined): string {
  if (!value) return '';
  return [amount(value.numerator), amount(value.denominator)].filter(Boolean).join(' / ');
}

function range(value: fhir4.Range | undefined): string {
  if (!value) return '';
  const [low, high] = [amount(value.low), amount(value.high)];
  if (low && high) return `${low} – ${high}`;
  return low ? `≥ ${low}` : `≤ ${high}`;
}

/** One fact: a key of `catalogue.facts`, and its values, one a line. */
export type Fact = [string, string[]];

function drugFacts(drug: fhir4.MedicationKnowledge, language: string): Fact[] {
  const text = (concept: fhir4.CodeableConcept | undefined) => conceptText(concept, language);
  const parts = (drug.ingredient ?? []).map((one) =>
    [text(one.itemCodeableConcept), ratio(one.strength)].filter(Boolean).join(' '),
  );
  const guidelines = (drug.administrationGuidelines ?? []).flatMap((one) => one.dosage ?? []);
  const usual = guidelines.flatMap((one) => one.dosage ?? []).map((one) => one.text ?? '');
  const classes = (drug.medicineClassification ?? []).flatMap((one) => one.classification ?? []);
  const atc = (drug.code?.coding ?? []).filter((one) => one.system?.includes('atc'));
  return [
    ['ingredients', parts],
    ['form', [text(drug.doseForm)]],
    ['amount', [amount(drug.amount)]],
    ['pack', [[text(drug.packaging?.type), amount(drug.packaging?.quantity)].join(' ')]],
    ['routes', (drug.intendedRoute ?? []).map(text)],
    ['usual', usual],
    ['flags', classes.map(text)],
    ['group', (drug.productType ?? []).map(text)],
    ['atc', atc.map((one) => one.code ?? '')],
  ];
}

function testFacts(test: fhir4.ObservationDefinition, language: string): Fact[] {
  const unit = test.quantitativeDetails?.unit;
  const intervals = (test.qualifiedInterval ?? []).map((one) =>
    [
      range(one.range),
      one.gender ?? '',
      range(one.age),
      conceptText(one.context, language) || one.condition || '',
    ]
      .filter(Boolean)
      .join(' · '),
  );
  return [
    ['category', (test.category ?? []).map((one) => conceptText(one, language))],
    ['unit', [conceptText(unit, language)]],
    ['reference', intervals],
    ['method', [conceptText(test.method, language)]],
  ];
}

function chargeFacts(charge: fhir4.ChargeItemDefinition, language: string): Fact[] {
  const prices = (charge.propertyGroup ?? []).flatMap((group) =>
    (group.priceComponent ?? []).map((one) => {
      const where = (group.applicability ?? []).map((each) => each.description ?? '').join(' ');
      const price = one.amount ? `${one.amount.value} ${one.amount.currency ?? ''}` : '';
      return [price, conceptText(one.code, language), where].filter(Boolean).join(' · ');
    }),
  );
  return [
    ['price', prices],
    ['description', [charge.description ?? '']],
  ];
}

function examinationFacts(one: fhir4.ActivityDefinition, language: string): Fact[] {
  const text = (concept: fhir4.CodeableConcept) => conceptText(concept, language);
  return [
    ['category', (one.topic ?? []).map(text)],
    ['site', (one.bodySite ?? []).map(text)],
    ['purpose', [one.purpose ?? '']],
    ['description', [one.description ?? '']],
  ];
}

function versionFacts(entry: Definition): Fact[] {
  const period = 'effectivePeriod' in entry ? entry.effectivePeriod : undefined;
  return [
    ['version', ['version' in entry ? (entry.version ?? '') : (entry.meta?.versionId ?? '')]],
    ['validFrom', [period?.start ?? ('date' in entry ? (entry.date ?? '') : '')]],
    ['validUntil', [period?.end ?? '']],
    ['owner', ['publisher' in entry ? (entry.publisher ?? '') : '']],
  ];
}

function ownFacts(entry: Definition, language: string): Fact[] {
  if (entry.resourceType === 'MedicationKnowledge') return drugFacts(entry, language);
  if (entry.resourceType === 'ObservationDefinition') return testFacts(entry, language);
  if (entry.resourceType === 'ChargeItemDefinition') return chargeFacts(entry, language);
  return examinationFacts(entry, language);
}

/** Everything that is known of an entry and worth reading, without what is empty. */
export function facts(entry: Definition, language: string): Fact[] {
  return [...ownFacts(entry, language), ...versionFacts(entry)]
    .map(([key, values]): Fact => [key, values.map((one) => one.trim()).filter(Boolean)])
    .filter(([, values]) => values.length > 0);
}
