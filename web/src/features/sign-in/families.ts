// Roles in families, so that thirty roles are found at a glance.

import type { DemoAccount } from '../../api/auth';

const FAMILIES: Record<string, string[]> = {
  doctors: [
    'outpatient-doctor',
    'ward-doctor',
    'head-of-department',
    'emergency',
    'theatre',
    'trainee',
  ],
  nurses: ['nurse', 'head-nurse', 'nursing-department'],
  pharmacy: ['pharmacist', 'drug-store', 'iv-admixture'],
  diagnostics: ['laboratory', 'imaging', 'blood-bank', 'milk-room'],
  desk: ['registration', 'bed-manager', 'cashier', 'price-office', 'insurance-office'],
  quality: ['medical-affairs', 'infection-control', 'record-room', 'quality', 'research'],
  trust: ['group-administrator', 'campus-administrator', 'operator', 'auditor', 'privacy-officer'],
  people: ['patient', 'guardian', 'external-institution', 'machine'],
};

export interface Family {
  family: string;
  accounts: DemoAccount[];
}

function fits(account: DemoAccount, text: string): boolean {
  const { name, roleName, place, user, role } = account;
  const said = [name, roleName, place].flatMap((one) => [one?.zh ?? '', one?.en ?? '']);
  return [user, role, ...said].join(' ').toLowerCase().includes(text.trim().toLowerCase());
}

/** The accounts that fit the text, by family and role, in the order of the list above. */
export function grouped(accounts: DemoAccount[], text: string): Family[] {
  const known = new Set(Object.values(FAMILIES).flat());
  const fitting = accounts.filter((account) => fits(account, text));
  const groups = Object.entries(FAMILIES).map(([family, roles]) => ({
    family,
    accounts: roles.flatMap((role) => fitting.filter((account) => account.role === role)),
  }));
  const others = fitting.filter((account) => !known.has(account.role));
  return [...groups, { family: 'others', accounts: others }].filter(
    (group) => group.accounts.length > 0,
  );
}
