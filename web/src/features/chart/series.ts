// Observations as series: one for each test, newest value last, components apart.

import { conceptName } from './coded';

export interface Point {
  time: string;
  value: number;
  shown: string;
  flag: string | null;
}

export interface Series {
  key: string;
  name: string;
  unit: string;
  category: 'vitals' | 'laboratory' | 'other';
  low?: number;
  high?: number;
  points: Point[];
  /** Answers that are no number, newest last. */
  texts: { time: string; shown: string; flag: string | null }[];
}

type Valued = Pick<
  fhir4.Observation,
  'code' | 'valueQuantity' | 'valueCodeableConcept' | 'valueString' | 'interpretation'
> & { referenceRange?: fhir4.ObservationReferenceRange[] };

function categoryOf(observation: fhir4.Observation): Series['category'] {
  const codes = (observation.category ?? []).flatMap((one) => one.coding ?? []).map((c) => c.code);
  if (codes.includes('vital-signs')) return 'vitals';
  return codes.includes('laboratory') ? 'laboratory' : 'other';
}

export function timeOf(observation: fhir4.Observation): string {
  return (
    observation.effectiveDateTime ??
    observation.effectivePeriod?.start ??
    observation.effectiveInstant ??
    observation.issued ??
    ''
  );
}

/** The unit as written, but for a reader of English its UCUM code instead of Chinese words. */
function unitName(quantity: fhir4.Quantity | undefined, language: string): string {
  const written = quantity?.unit ?? quantity?.code ?? '';
  const foreign = !language.startsWith('zh') && /[\u3400-\u9fff]/.test(written);
  return foreign ? (quantity?.code ?? written) : written;
}

function add(into: Map<string, Series>, part: Valued, whole: fhir4.Observation, language: string) {
  const coding = part.code.coding?.[0];
  const unit = unitName(part.valueQuantity, language);
  const key = `${coding?.system ?? ''}|${coding?.code ?? part.code.text ?? ''}|${unit}`;
  let series = into.get(key);
  if (!series) {
    const name = conceptName(part.code, language);
    series = { key, name, unit, category: categoryOf(whole), points: [], texts: [] };
    into.set(key, series);
  }
  const range = part.referenceRange?.[0];
  series.low = range?.low?.value ?? series.low;
  series.high = range?.high?.value ?? series.high;
  const flag = part.interpretation?.[0]?.coding?.[0]?.code ?? null;
  const time = timeOf(whole);
  const number = part.valueQuantity?.value;
  if (number !== undefined) {
    const comparator = part.valueQuantity?.comparator ?? '';
    series.points.push({ time, value: Number(number), shown: `${comparator}${number}`, flag });
    return;
  }
  const shown = part.valueString ?? conceptName(part.valueCodeableConcept, language);
  if (shown) series.texts.push({ time, shown, flag });
}

/** Groups observations into series sorted by category, then by how recent they are. */
export function seriesOf(observations: fhir4.Observation[], language: string): Series[] {
  const into = new Map<string, Series>();
  for (const one of observations) {
    if (one.status === 'entered-in-error' || one.status === 'cancelled') continue;
    add(into, one, one, language);
    for (const part of one.component ?? []) add(into, part, one, language);
  }
  const found = [...into.values()].filter((one) => one.points.length + one.texts.length > 0);
  for (const one of found) {
    one.points.sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
    one.texts.sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  }
  const order = { vitals: 0, laboratory: 1, other: 2 };
  return found.sort(
    (a, b) => order[a.category] - order[b.category] || a.name.localeCompare(b.name, language),
  );
}

export function latest(series: Series): { time: string; shown: string; flag: string | null } {
  return series.points.at(-1) ?? series.texts.at(-1)!;
}

const FLAGS: Record<string, string> = {
  H: 'high',
  L: 'low',
  HH: 'criticalHigh',
  LL: 'criticalLow',
  HU: 'high',
  LU: 'low',
  A: 'abnormal',
  AA: 'abnormal',
};

/** The key of the flag's text, or null for a normal or unflagged value; derived from the range. */
export function flagKey(series: Series, flag: string | null, value?: number): string | null {
  if (flag) return FLAGS[flag] ?? null;
  if (value !== undefined && series.high !== undefined && value > series.high) return 'high';
  if (value !== undefined && series.low !== undefined && value < series.low) return 'low';
  return null;
}
