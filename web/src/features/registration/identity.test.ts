import { describe, expect, it } from 'vitest';
import { checkDigit, readDate, readIdentity } from './identity';
import { splitName } from './name';

// Regions 99xxxx do not exist: no number here is anybody's.
const BODY = '99010119900307001';
const NUMBER = BODY + checkDigit(BODY);

describe('readIdentity', () => {
  it('gives birth date and sex of a good number', () => {
    const resident = { number: NUMBER, birth: '1990-03-07', sex: 'male' };
    expect(readIdentity(` ${NUMBER.toLowerCase()} `)).toEqual({ resident });
  });
  it('makes eighteen of fifteen', () => {
    const old = `990101900307${'002'}`;
    const body = '99010119900307002';
    expect(readIdentity(old)).toEqual({
      resident: { number: body + checkDigit(body), birth: '1990-03-07', sex: 'female' },
    });
  });
  it.each([
    ['', null],
    ['123', { problem: 'length' }],
    [BODY + (NUMBER.endsWith('1') ? '2' : '1'), { problem: 'check' }],
    ['990101901307002', { problem: 'date' }],
  ])('%s', (text, expected) => {
    expect(readIdentity(text)).toEqual(expected);
  });
});

it.each([
  ['19900307', '1990-03-07'],
  ['1990-3-7', '1990-03-07'],
  ['1990年3月7日', '1990-03-07'],
  ['1990/3', '1990-03'],
  ['1990', '1990'],
  ['1990-02-30', null],
  ['3/7/90', null],
  ['', null],
])('reads the date %s', (typed, expected) => {
  expect(readDate(typed)).toBe(expected);
});

it.each([
  ['张秀英', '张', '秀英'],
  ['欧阳娜', '欧阳', '娜'],
  ['欧阳', '欧', '阳'],
  ['John Ronald  Smith', 'Smith', 'John Ronald'],
  ['阿依古丽·买买提', undefined, undefined],
])('splits %s', (typed, family, given) => {
  const name = splitName(typed);
  expect([name?.family, name?.given?.join(' ')]).toEqual([family, given]);
});
