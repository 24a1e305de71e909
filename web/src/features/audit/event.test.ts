import { expect, it } from 'vitest';
import { lineOf, searchFor } from './event';

it('makes a line of an event', () => {
  const line = lineOf({
    resourceType: 'AuditEvent',
    id: 'chain-1-2',
    type: { code: 'rest' },
    subtype: [{ code: 'search-type', display: 'search-type' }],
    recorded: '2026-11-24T01:02:03Z',
    outcome: '4',
    outcomeDesc: 'HTTP 403',
    agent: [
      {
        requestor: true,
        name: '王建国',
        altId: 'wangjg',
        role: [{ coding: [{ code: 'nurse' }] }],
        network: { address: '10.0.0.1' },
      },
      { requestor: false, who: { display: 'app' } },
    ],
    source: { observer: {} },
    entity: [
      { what: { reference: 'Patient/1' }, role: { code: '1' } },
      {
        query: 'eA==',
        description: 'Observation?code=x',
        detail: [{ type: 'count', valueString: '7' }],
      },
    ],
  });
  expect(line).toMatchObject({
    who: '王建国',
    account: 'wangjg',
    role: 'nurse',
    client: 'app',
    act: 'search-type',
    patients: ['Patient/1'],
    query: 'Observation?code=x',
    count: '7',
    outcome: 'refused',
  });
});

it('asks only for what was filled in', () => {
  const nothing = {
    patient: '',
    agent: '',
    user: '',
    since: '',
    until: '',
    type: '',
    refused: false,
  };
  expect(searchFor(nothing)).toBe('AuditEvent?_sort=-date&_count=50');
  expect(searchFor({ ...nothing, patient: 'Patient/1', since: '2026-11-24', refused: true })).toBe(
    'AuditEvent?patient=Patient%2F1&date=ge2026-11-24&outcome=4&_sort=-date&_count=50',
  );
});
