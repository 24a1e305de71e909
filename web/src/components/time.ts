// Instants of the server (sign-ins, audit) on the clock of the reader.

const two = (value: number) => String(value).padStart(2, '0');

/** `2026-11-24T09:30:00Z` as `2026-11-24 17:30` in Shanghai; seconds where they matter. */
export function localTime(instant: string | null | undefined, seconds = false): string {
  if (!instant) return '';
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return instant;
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return `${day} ${clock}${seconds ? `:${two(at.getSeconds())}` : ''}`;
}

export function localDay(at = new Date()): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
