import { expect, it } from 'vitest';
import { waitingAddress } from './waiting';

it('goes on to a program that waits, at our own address alone', () => {
  const ask = (next: string) => waitingAddress('/sign-in', `?next=${encodeURIComponent(next)}`);
  expect(ask('/auth/authorize?client_id=a&state=b')).toBe('/auth/authorize?client_id=a&state=b');
  for (const bad of [
    '//evil.test/auth/',
    'https://evil.test/auth/',
    '/patients',
    'javascript:x',
    '',
  ]) {
    expect(ask(bad)).toBeNull();
  }
  expect(waitingAddress('/patients', '?next=/auth/authorize')).toBeNull();
});
