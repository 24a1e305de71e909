import { expect, it } from 'vitest';
import { maskedOf, openingsOf } from './openings';

it('reads openings with the names of patient and practitioner', () => {
  const [opening] = openingsOf({
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'opening',
        part: [
          { name: 'id', valueId: 't1' },
          { name: 'patient', valueReference: { reference: 'Patient/p1', display: '张秀英' } },
          { name: 'practitioner', valueReference: { reference: 'Practitioner/x' } },
          { name: 'actor', valueString: 'li' },
          { name: 'purpose', valueCode: 'ETREAT' },
          { name: 'since', valueInstant: '2026-11-24T01:00:00Z' },
        ],
      },
    ],
  });
  expect(opening).toMatchObject({
    id: 't1',
    patient: 'p1',
    patientName: '张秀英',
    who: 'li',
    purpose: 'ETREAT',
    since: '2026-11-24T01:00:00Z',
    outcome: '',
  });
  expect(openingsOf({ resourceType: 'Parameters' })).toEqual([]);
});

it('reads whom one may ask to open', () => {
  const part = [
    { name: 'patient', valueReference: { reference: 'Patient/p1' } },
    { name: 'name', valueString: '张*' },
    { name: 'birthYear', valueString: '1990' },
  ];
  expect(maskedOf({ resourceType: 'Parameters', parameter: [{ name: 'patient', part }] })).toEqual([
    { patient: 'p1', name: '张*', gender: '', birthYear: '1990' },
  ]);
});
