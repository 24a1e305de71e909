/** Several things on one line, as the language separates them. */
export function listed(parts: readonly string[], language: string): string {
  return parts.join(language.startsWith('zh') ? '、' : ', ');
}
