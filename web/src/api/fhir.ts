// A small FHIR client: the pages read the same API as any other program.

/** A refusal of the server, in the user's language as the server said it. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

async function refusalOf(answer: Response): Promise<Refusal> {
  const body: unknown = await answer.json().catch(() => null);
  const outcome = body as fhir4.OperationOutcome | null;
  const text = outcome?.issue?.[0]?.details?.text ?? outcome?.issue?.[0]?.diagnostics;
  return new Refusal(answer.status, text ?? `HTTP ${answer.status}`);
}

async function send<T>(path: string, init: RequestInit, language: string): Promise<T> {
  const answer = await fetch(path, {
    ...init,
    headers: {
      Accept: 'application/fhir+json',
      'Accept-Language': language,
      ...(init.body ? { 'Content-Type': 'application/fhir+json' } : {}),
    },
  });
  if (!answer.ok) throw await refusalOf(answer);
  return (await answer.json()) as T;
}

/** GET below /fhir. `path` has no leading slash. */
export function get<T>(path: string, language: string, signal?: AbortSignal): Promise<T> {
  return send<T>(`/fhir/${path}`, { signal }, language);
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
  const answer = await send<fhir4.Bundle>(
    '/fhir',
    { method: 'POST', body: JSON.stringify(body), signal },
    language,
  );
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
