import { expect, it } from 'vitest';
import type { DemoAccount } from '../../api/auth';
import { grouped } from './families';

function account(user: string, role: string, name: string): DemoAccount {
  const both = (text: string) => ({ zh: text, en: text });
  return { user, role, name: both(name), roleName: both(role), place: both('East') };
}

const accounts = [
  account('n1', 'nurse', '李秀英'),
  account('d1', 'ward-doctor', '王建国'),
  account('x1', 'new-role', '赵敏'),
];

it('keeps families in their order, and roles that it does not know at the end', () => {
  expect(grouped(accounts, '').map((one) => one.family)).toEqual(['doctors', 'nurses', 'others']);
});

it('finds by role, name, place or user', () => {
  expect(grouped(accounts, '王')[0]?.accounts.map((one) => one.user)).toEqual(['d1']);
  expect(grouped(accounts, 'NURSE')[0]?.accounts.map((one) => one.user)).toEqual(['n1']);
  expect(grouped(accounts, 'east').flatMap((one) => one.accounts)).toHaveLength(3);
  expect(grouped(accounts, 'nobody')).toEqual([]);
});
