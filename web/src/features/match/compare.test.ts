import { expect, it } from 'vitest';
import { agreementOf, compare, distance } from './compare';

function patient(part: Partial<fhir4.Patient>): fhir4.Patient {
  return { resourceType: 'Patient', ...part };
}

it('counts changes', () => {
  expect(distance('张秀英', '张秀瑛')).toBe(1);
  expect(distance('', 'abc')).toBe(3);
});

it('tells same, nearly the same, different and missing apart', () => {
  expect(agreementOf(['138 0000 0000'], ['13800000000', '1'])).toBe('same');
  expect(agreementOf(['张秀英'], ['张秀瑛'])).toBe('similar');
  expect(agreementOf(['张秀英'], ['李建国'])).toBe('differs');
  expect(agreementOf([], ['李建国'])).toBe('missing');
});

it('lays two records side by side', () => {
  const number = (value: string): fhir4.Identifier => ({
    type: { coding: [{ code: 'NI' }] },
    value,
  });
  const rows = compare(
    patient({
      name: [{ family: '张', given: ['秀英'] }],
      gender: 'female',
      birthDate: '1990-03-07',
      identifier: [number('1')],
    }),
    patient({
      name: [{ text: '张秀英' }],
      gender: 'male',
      birthDate: '1990-07-03',
      telecom: [{ value: '1' }],
    }),
  );
  expect(rows.map((one) => [one.label, one.agreement])).toEqual([
    ['name', 'same'],
    ['gender', 'differs'],
    ['birth', 'similar'],
    ['identifier.NI', 'missing'],
    ['phone', 'missing'],
  ]);
});
