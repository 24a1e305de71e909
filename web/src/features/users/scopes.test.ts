import { expect, it } from 'vitest';
import { abilities, parseScope } from './scopes';

it('takes a scope apart', () => {
  expect(parseScope('user/Observation.rs?category=a|laboratory')).toEqual({
    type: 'Observation',
    letters: 'rs',
    limits: [['category', 'a|laboratory']],
  });
  expect(parseScope('openid')).toBeNull();
});

it('joins the letters of a type, and keeps what is limited apart', () => {
  const found = abilities([
    'user/Patient.rs',
    'user/Patient.cu',
    'user/Observation.rs?category=urn:x|laboratory',
    'user/Observation.c',
    'launch/patient',
  ]);
  expect(found).toEqual([
    { type: 'Observation', letters: 'rs', limited: ['category: laboratory'] },
    { type: 'Observation', letters: 'c', limited: [] },
    { type: 'Patient', letters: 'crus', limited: [] },
  ]);
});
