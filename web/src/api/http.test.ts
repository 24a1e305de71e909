import { afterEach, describe, expect, it, vi } from 'vitest';
import { Refusal, keepToken, onSignedOut, send } from './http';

function answers(status: number, body: unknown) {
  const call = vi.fn(
    async () => new Response(body === null ? null : JSON.stringify(body), { status }),
  );
  vi.stubGlobal('fetch', call);
  return call as unknown as { mock: { calls: [string, RequestInit][] } };
}

const headersOf = (call: ReturnType<typeof answers>) =>
  call.mock.calls[0]![1].headers as Record<string, string>;

const refused = (text: string, code: string) => ({
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code, details: { text } }],
});

afterEach(() => {
  vi.unstubAllGlobals();
  keepToken(null);
  onSignedOut(() => {});
});

describe('send', () => {
  it('sends the token with what writes, and with nothing else', async () => {
    keepToken('abc');
    const reading = answers(200, {});
    await send('/fhir/Patient', 'en');
    expect(headersOf(reading)['X-CSRF-Token']).toBeUndefined();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const writing = answers(204, null);
      await send('/fhir/Patient/1', 'en', { method, body: {} });
      expect(headersOf(writing)['X-CSRF-Token']).toBe('abc');
      expect(headersOf(writing)['Accept-Language']).toBe('en');
    }
  });

  it('says once that the session is lost, but not for a refused sign-in', async () => {
    const lost = vi.fn();
    onSignedOut(lost);
    answers(401, refused('sign in', 'login'));
    await expect(send('/auth/sign-in', 'en', { method: 'POST', quiet: true })).rejects.toThrow();
    expect(lost).not.toHaveBeenCalled();
    await expect(send('/fhir/Patient', 'en')).rejects.toThrow('sign in');
    expect(lost).toHaveBeenCalledOnce();
  });

  it('gives the reason of a refusal in the words of the server', async () => {
    answers(403, refused('not your patient', 'forbidden'));
    const error = await send('/fhir/Patient/1', 'en').catch((one: unknown) => one);
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({ status: 403, code: 'forbidden', message: 'not your patient' });
  });

  it('takes a page for what it is: no answer to an API call', async () => {
    vi.stubGlobal('fetch', async () => new Response('<!doctype html>'));
    await expect(send('/auth/session', 'en')).rejects.toMatchObject({ status: 404 });
  });
});
