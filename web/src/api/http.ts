// One way to ask the server: the session cookie goes along by itself, the CSRF token with
// everything that writes, and whoever has lost the session is told once.

export const FHIR = 'application/fhir+json';
export const JSON_TYPE = 'application/json';

/** A refusal of the server, in the user's language as the server said it. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code = '',
    readonly outcome: fhir4.OperationOutcome | null = null,
  ) {
    super(message);
  }
}

let csrf: string | null = null;
let lost: () => void = () => {};

/** The token of this session; null when nobody is signed in. */
export function keepToken(token: string | null): void {
  csrf = token;
}

/** Called whenever the server no longer knows the session. */
export function onSignedOut(call: () => void): void {
  lost = call;
}

async function refusalOf(answer: Response): Promise<Refusal> {
  const body: unknown = await answer.json().catch(() => null);
  const outcome = body as fhir4.OperationOutcome | null;
  const issue = outcome?.issue?.[0];
  const text = issue?.details?.text ?? issue?.diagnostics;
  // A refusal that one may lift oneself, by showing once more who is there.
  const code = answer.headers.has('X-Step-Up')
    ? 'step-up'
    : (issue?.details?.coding?.[0]?.code ?? issue?.code ?? '');
  return new Refusal(answer.status, text ?? `HTTP ${answer.status}`, code, outcome);
}

export interface Asked {
  method?: string;
  body?: unknown;
  type?: string;
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** A refused sign-in is an answer, not the end of a session. */
  quiet?: boolean;
}

export async function send<T>(path: string, language: string, asked: Asked = {}): Promise<T> {
  const { method = 'GET', body, type = JSON_TYPE, signal, headers, quiet = false } = asked;
  const unsafe = method !== 'GET' && method !== 'HEAD';
  const answer = await fetch(path, {
    method,
    signal,
    credentials: 'same-origin',
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: {
      Accept: type,
      'Accept-Language': language,
      ...(body === undefined ? {} : { 'Content-Type': type }),
      ...(unsafe && csrf ? { 'X-CSRF-Token': csrf } : {}),
      ...headers,
    },
  });
  if (!answer.ok) {
    if (answer.status === 401 && !quiet) lost();
    throw await refusalOf(answer);
  }
  if (answer.status === 204) return undefined as T;
  const text = await answer.text();
  if (!text) return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Refusal(404, `HTTP ${answer.status}`, 'not-supported');
  }
}
