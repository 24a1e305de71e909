import { expect, it } from 'vitest';
import { firstPage, mayOpen, pageAt, seesPatients } from './pages';

it('begins with the first page of the role that there is', () => {
  expect(firstPage(['audit', 'roles'])).toBe('/audit');
  expect(firstPage(['cashier', 'wishes'])).toBe('/account');
  expect(firstPage([])).toBe('/account');
});

it('opens what the role names, and everything for the operator', () => {
  expect(mayOpen(['audit'], 'audit')).toBe(true);
  expect(mayOpen(['audit'], 'users')).toBe(false);
  expect(mayOpen(['*'], 'users')).toBe(true);
  expect(seesPatients(['audit', 'roles'])).toBe(false);
  expect(seesPatients(['registration'])).toBe(true);
});

it('knows the page of an address; own account and charts are nobody else’s business', () => {
  expect(pageAt('/users')?.code).toBe('users');
  expect(pageAt('/account')).toBeNull();
  expect(pageAt('/patient/1')).toBeNull();
});
