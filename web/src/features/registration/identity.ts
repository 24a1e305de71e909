// The resident identity number: check digit, birth date and sex inside. GB 11643-1999.

export interface Resident {
  number: string;
  birth: string;
  sex: 'male' | 'female';
}

export type Reading = { resident: Resident } | { problem: 'length' | 'check' | 'date' };

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** The eighteenth character (ISO 7064, MOD 11-2). */
export function checkDigit(seventeen: string): string {
  const total = WEIGHTS.reduce((sum, weight, i) => sum + weight * Number(seventeen[i]), 0);
  return '10X98765432'[total % 11]!;
}

function realDate(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === text;
}

/** Reads a number of 15 or 18 characters; null while it is empty. */
export function readIdentity(text: string): Reading | null {
  const plain = text.replace(/\s/g, '').toUpperCase();
  if (!plain) return null;
  const old = /^\d{15}$/.test(plain);
  if (!old && !/^\d{17}[\dX]$/.test(plain)) return { problem: 'length' };
  const body = old ? `${plain.slice(0, 6)}19${plain.slice(6)}` : plain.slice(0, 17);
  const number = body + checkDigit(body);
  if (!old && number !== plain) return { problem: 'check' };
  const birth = `${body.slice(6, 10)}-${body.slice(10, 12)}-${body.slice(12, 14)}`;
  if (!realDate(birth)) return { problem: 'date' };
  return { resident: { number, birth, sex: Number(body[16]) % 2 ? 'male' : 'female' } };
}

/** A birth date as clerks type it (19900307, 1990-3-7, 1990年3月, 1990); null where it is none. */
export function readDate(text: string): string | null {
  const plain = text.trim();
  const packed = /^(\d{4})(\d{2})(\d{2})$/.exec(plain);
  const parts = packed ? packed.slice(1) : plain.split(/[-/.年月日]/).filter(Boolean);
  const [year, month, day] = parts;
  if (!year || !/^\d{4}$/.test(year) || parts.length > 3) return null;
  if (month && !/^\d{1,2}$/.test(month)) return null;
  if (day && !/^\d{1,2}$/.test(day)) return null;
  const written = [year, ...[month, day].filter((one) => one).map((one) => one!.padStart(2, '0'))];
  const whole = [written[0], written[1] ?? '01', written[2] ?? '01'].join('-');
  return realDate(whole) ? written.join('-') : null;
}
