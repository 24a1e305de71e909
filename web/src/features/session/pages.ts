// The pages that a position may open. The server names them by code in `session.pages`.

export const PAGES = [
  { code: 'patients', path: '/', label: 'nav.patients' },
  { code: 'registration', path: '/registration', label: 'nav.registration' },
  { code: 'match-review', path: '/match', label: 'nav.match' },
  { code: 'catalogues', path: '/catalogues', label: 'nav.catalogues' },
  { code: 'users', path: '/users', label: 'nav.users' },
  { code: 'roles', path: '/roles', label: 'nav.roles' },
  { code: 'audit', path: '/audit', label: 'nav.audit' },
  { code: 'who-saw', path: '/who-saw', label: 'nav.whoSaw' },
  { code: 'break-glass-review', path: '/break-glass', label: 'nav.breakGlass' },
] as const;

export type PageCode = (typeof PAGES)[number]['code'];

/** The page of an address, or null for those that everybody may open (own account, charts). */
export function pageAt(path: string): (typeof PAGES)[number] | null {
  return PAGES.find((page) => page.path !== '/' && path.startsWith(page.path)) ?? null;
}

/** Whether a position opens a page; `*` opens all. */
export function mayOpen(pages: string[], code: string): boolean {
  return pages.includes(code) || pages.includes('*');
}

/** Whether a position has to do with patients at all. */
export function seesPatients(pages: string[]): boolean {
  return ['patients', 'registration', 'chart', 'who-saw'].some((code) => mayOpen(pages, code));
}

/** Where a position begins its work: the first of its pages, in the order of the role. */
export function firstPage(pages: string[]): (typeof PAGES)[number]['path'] | '/account' {
  const known = pages.map((code) => PAGES.find((page) => page.code === code));
  return known.find((page) => page !== undefined)?.path ?? '/account';
}
