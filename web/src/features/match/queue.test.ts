import { expect, it } from 'vitest';
import { registered } from '../registration/register';
import { queueOf } from './queue';

const patient = (id: string): fhir4.Patient => ({ resourceType: 'Patient', id });

it('reads pairs with what spoke for and against', () => {
  const queue = queueOf({
    resourceType: 'Parameters',
    parameter: [
      { name: 'hidden', valueInteger: 1 },
      { name: 'more', valueBoolean: false },
      {
        name: 'pair',
        part: [
          { name: 'one', resource: patient('a') },
          { name: 'two', resource: patient('b') },
          { name: 'state', valueCode: 'open' },
          { name: 'grade', valueCode: 'probable' },
          { name: 'bits', valueDecimal: 12.5 },
          {
            name: 'field',
            part: [
              { name: 'name', valueCode: 'birth' },
              { name: 'level', valueInteger: 5 },
              { name: 'weight', valueDecimal: 9.1 },
            ],
          },
        ],
      },
    ],
  });
  expect(queue.hidden).toBe(1);
  expect(queue.pairs[0]).toMatchObject({
    grade: 'probable',
    bits: 12.5,
    weights: [{ field: 'birth', level: 5, weight: 9.1 }],
  });
  expect(queue.pairs[0]?.two.id).toBe('b');
});

it('tells a new patient from candidates that are to be looked at first', () => {
  const bundle: fhir4.Bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    entry: [{ resource: patient('old'), search: { score: 0.99 } }],
  };
  const candidates = { name: 'candidates', resource: bundle };
  expect(registered({ resourceType: 'Parameters', parameter: [candidates] })).toMatchObject({
    candidates: [{ score: 0.99 }],
  });
  const made = { name: 'patient', resource: patient('new') };
  expect(registered({ resourceType: 'Parameters', parameter: [made, candidates] })).toEqual({
    patient: patient('new'),
  });
});
