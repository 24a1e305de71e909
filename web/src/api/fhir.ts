// A small FHIR client: the pages read the same API as any other program.

import { FHIR, Refusal, send } from './http';

export { Refusal } from './http';

/** GET below /fhir. `path` has no leading slash. */
export function get<T>(path: string, language: string, signal?: AbortSignal): Promise<T> {
  return send<T>(`/fhir/${path}`, language, { type: FHIR, signal });
}

/** An operation, or a create: POST below /fhir. */
export function post<T>(
  path: string,
  body: fhir4.FhirResource,
  language: string,
  signal?: AbortSignal,
): Promise<T> {
  return send<T>(`/fhir/${path}`, language, { method: 'POST', body, type: FHIR, signal });
}

type Given = string | number | boolean | undefined | fhir4.FhirResource | fhir4.Reference;

function parameter(name: string, value: Given): fhir4.ParametersParameter | null {
  if (value === undefined || value === '') return null;
  if (typeof value === 'string') return { name, valueString: value };
  if (typeof value === 'number') return { name, valueInteger: value };
  if (typeof value === 'boolean') return { name, valueBoolean: value };
  if ('resourceType' in value) return { name, resource: value };
  return { name, valueReference: value };
}

/** The Parameters of an operation, from plain values; what is undefined or empty is left out. */
export function parameters(values: Record<string, Given>): fhir4.Parameters {
  const list = Object.entries(values).map(([name, value]) => parameter(name, value));
  return { resourceType: 'Parameters', parameter: list.filter((one) => one !== null) };
}

/** Several GETs in one round trip (a batch); the answers come in the same order. */
export async function batch(
  paths: string[],
  language: string,
  signal?: AbortSignal,
): Promise<(fhir4.Resource | Refusal)[]> {
  const body: fhir4.Bundle = {
    resourceType: 'Bundle',
    type: 'batch',
    entry: paths.map((url) => ({ request: { method: 'GET', url } })),
  };
  const answer = await send<fhir4.Bundle>('/fhir', language, {
    method: 'POST',
    body,
    type: FHIR,
    signal,
  });
  return (answer.entry ?? []).map((entry) => {
    const status = Number.parseInt(entry.response?.status ?? '500', 10);
    if (status < 300 && entry.resource) return entry.resource;
    const outcome = (entry.response?.outcome ?? entry.resource) as
      fhir4.OperationOutcome | undefined;
    return new Refusal(status, outcome?.issue?.[0]?.details?.text ?? `HTTP ${status}`);
  });
}

/** The matches (not the included resources) of a searchset. */
export function matches<T extends fhir4.Resource>(
  bundle: fhir4.Resource | Refusal | undefined,
): T[] {
  if (!bundle || bundle instanceof Refusal) return [];
  return ((bundle as fhir4.Bundle).entry ?? [])
    .filter((entry) => entry.resource && (entry.search?.mode ?? 'match') === 'match')
    .map((entry) => entry.resource as T);
}

/** Everything of one type that a searchset carries, included resources too. */
export function ofType<T extends fhir4.FhirResource>(
  bundle: fhir4.Resource | Refusal | undefined,
  type: T['resourceType'],
): T[] {
  if (!bundle || bundle instanceof Refusal) return [];
  return ((bundle as fhir4.Bundle).entry ?? [])
    .map((entry) => entry.resource)
    .filter((resource): resource is T => resource?.resourceType === type);
}

/** The address of the next page below /fhir, or null on the last one. */
export function nextPage(bundle: fhir4.Resource | Refusal | undefined): string | null {
  if (!bundle || bundle instanceof Refusal) return null;
  const link = (bundle as fhir4.Bundle).link?.find((one) => one.relation === 'next')?.url;
  return link ? link.slice(link.indexOf('/fhir/') + 6) : null;
}
