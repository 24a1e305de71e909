// SMART v2 scopes in plain words. https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html

export interface Plain {
  /** Letters of c, r, u, d, s. */
  letters: string;
  type: string;
  /** Search constraints, as written. */
  limits: [string, string][];
}

/** `user/Observation.rs?category=laboratory` in its parts; null for what is no resource scope. */
export function parseScope(scope: string): Plain | null {
  const found = /^(?:patient|user|system)\/([A-Za-z]+|\*)\.([cruds]+)(?:\?(.*))?$/.exec(scope);
  if (!found) return null;
  const limits = [...new URLSearchParams(found[3] ?? '')] as [string, string][];
  return { letters: found[2]!, type: found[1]!, limits };
}

export interface Ability {
  type: string;
  letters: string;
  limited: string[];
}

/** All scopes of a role by resource type; the letters of a type joined, what limits them kept. */
export function abilities(scopes: string[]): Ability[] {
  const found = new Map<string, Ability>();
  for (const plain of scopes.map(parseScope).filter((one) => one !== null)) {
    const limited = plain.limits.map(([name, value]) => `${name}: ${value.split('|').at(-1)}`);
    const key = `${plain.type} ${limited.join()}`;
    const before = found.get(key);
    const letters = [...'cruds']
      .filter((one) => plain.letters.includes(one) || before?.letters.includes(one))
      .join('');
    found.set(key, { type: plain.type, letters, limited });
  }
  return [...found.values()].sort((a, b) => a.type.localeCompare(b.type));
}
