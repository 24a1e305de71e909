// The work list of the patient index: pairs of records that may be one person.

export type State = 'open' | 'linked' | 'different' | 'merged';
export const STATES: State[] = ['open', 'linked', 'different', 'merged'];

export interface Weight {
  field: string;
  level: number;
  /** Bits for (above 0) or against (below 0) one person. */
  weight: number;
}

export interface Pair {
  one: fhir4.Patient;
  two: fhir4.Patient;
  state: State;
  grade: string;
  bits: number;
  since: string;
  actor: string;
  reason: string;
  weights: Weight[];
}

export interface Queue {
  pairs: Pair[];
  /** Pairs of which one record is not to be seen. */
  hidden: number;
  more: boolean;
}

type Part = fhir4.ParametersParameter;

function weightOf(part: Part): Weight {
  const own = (name: string) => part.part?.find((one) => one.name === name);
  return {
    field: own('name')?.valueCode ?? '',
    level: own('level')?.valueInteger ?? 0,
    weight: own('weight')?.valueDecimal ?? 0,
  };
}

function pairOf(part: Part): Pair {
  const parts = part.part ?? [];
  const own = (name: string) => parts.find((one) => one.name === name);
  return {
    one: own('one')?.resource as fhir4.Patient,
    two: own('two')?.resource as fhir4.Patient,
    state: (own('state')?.valueCode ?? 'open') as State,
    grade: own('grade')?.valueCode ?? 'possible',
    bits: own('bits')?.valueDecimal ?? 0,
    since: own('since')?.valueInstant ?? '',
    actor: own('actor')?.valueString ?? '',
    reason: own('reason')?.valueString ?? '',
    weights: parts.filter((one) => one.name === 'field').map(weightOf),
  };
}

export function queueOf(answer: fhir4.Parameters): Queue {
  const parts = answer.parameter ?? [];
  const own = (name: string) => parts.find((one) => one.name === name);
  return {
    pairs: parts.filter((one) => one.name === 'pair').map(pairOf),
    hidden: own('hidden')?.valueInteger ?? 0,
    more: own('more')?.valueBoolean ?? false,
  };
}
