import { describe, expect, it } from 'vitest';
import { address, age, displayName, identifiers, isTestData, otherName, shownTime } from './person';

const both: fhir4.HumanName[] = [
  { use: 'official', family: '张', given: ['秀英'] },
  { use: 'usual', family: 'Zhang', given: ['Xiuying'] },
];

describe('displayName', () => {
  it('takes the script of the reader', () => {
    expect(displayName(both, 'zh-CN')).toBe('张秀英');
    expect(otherName(both, '张秀英')).toBe('Xiuying Zhang');
  });
  it('keeps the official name in English, where the other is only a reading of it', () => {
    expect(displayName(both, 'en')).toBe('张秀英');
  });
  it('never shows a name that was given up', () => {
    expect(displayName([{ use: 'old', text: 'Former' }], 'en')).toBeNull();
    expect(displayName(undefined, 'en')).toBeNull();
  });
});

describe('age', () => {
  const on = new Date(2026, 10, 24);
  it.each([
    ['2026-11-24', 'days', 0],
    ['2026-10-25', 'days', 30],
    ['2026-10-24', 'months', 1],
    ['2024-11-25', 'months', 23],
    ['2024-11-24', 'years', 2],
    ['1940-11-25', 'years', 85],
    ['1940', 'years', 86],
    ['2027-01-01', 'ageUnknown', 0],
    [undefined, 'ageUnknown', 0],
  ] as const)('%s is %s %i', (birth, key, count) => {
    expect(age(birth, on)).toEqual({ key, count });
  });
});

it('shows a time as it was written', () => {
  expect(shownTime('2021-03-04T07:30:00+08:00')).toBe('2021-03-04 07:30');
  expect(shownTime('2021-03')).toBe('2021-03');
  expect(shownTime(undefined)).toBe('');
});

it('puts the record number first, then the identity number', () => {
  const found = identifiers({
    resourceType: 'Patient',
    identifier: [
      { value: '5', type: { text: '卡号' } },
      { value: '99', type: { coding: [{ code: 'NI' }], text: '身份证' } },
      { value: 'A1', type: { coding: [{ code: 'MR', display: '病案号' }] } },
      { system: 'no value' },
    ],
  });
  expect(found.map((one) => one.value)).toEqual(['A1', '99', '5']);
  expect(found[0]?.label).toBe('病案号');
});

it('writes an address in the order of its language', () => {
  expect(address({ state: '浙江省', city: '杭州市', line: ['一路1号'] })).toBe(
    '浙江省杭州市一路1号',
  );
  expect(address({ state: 'MA', city: 'Quincy', line: ['1 Elm St'] })).toBe('1 Elm St, Quincy, MA');
});

it('calls a patient invented only where the record says so', () => {
  const security = [
    { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' },
  ];
  expect(isTestData({ resourceType: 'Patient', meta: { security } })).toBe(true);
  expect(isTestData({ resourceType: 'Patient' })).toBe(false);
});
