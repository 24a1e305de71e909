// `Patient/{id}/$who-saw`: one `person` for each who had to do with the patient.

export interface Saw {
  who: string;
  account: string;
  role: string;
  client: string;
  purpose: string;
  first: string;
  last: string;
  times: number;
  breakGlass: boolean;
  did: string[];
}

export function sawOf(answer: fhir4.Parameters): Saw[] {
  return (answer.parameter ?? [])
    .filter((one) => one.name === 'person')
    .map((person) => {
      const parts = person.part ?? [];
      const part = (name: string) => parts.find((one) => one.name === name);
      return {
        who: part('who')?.valueReference?.display ?? '',
        account: part('account')?.valueString ?? '',
        role: part('role')?.valueString ?? '',
        client: part('client')?.valueString ?? '',
        purpose: part('purpose')?.valueString ?? '',
        first: part('first')?.valueInstant ?? '',
        last: part('last')?.valueInstant ?? '',
        times: part('times')?.valueInteger ?? 0,
        breakGlass: part('breakGlass')?.valueBoolean ?? false,
        did: parts.filter((one) => one.name === 'did').map((one) => one.valueString ?? ''),
      };
    });
}
