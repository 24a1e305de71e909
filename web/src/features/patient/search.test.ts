import { expect, it } from 'vitest';
import { LIMIT, searchesFor } from './search';

it.each([
  ['张秀', ['name=%E5%BC%A0%E7%A7%80']],
  ['zxy', ['name=zxy', 'phonetic=zxy']],
  ["Xi'an Li", ["name=Xi'an%20Li", 'phonetic=xianli']],
  ['13900000000', ['identifier=13900000000', 'phone=13900000000']],
  ['99010119900307001X', ['identifier=99010119900307001X', 'phone=99010119900307001X']],
  ['MR-7', ['name=MR-7', 'identifier=MR-7']],
  ['a,b', ['name=a%5C%2Cb']],
])('%s', (text, expected) => {
  expect(searchesFor(text)).toEqual(expected.map((one) => `Patient?${one}&_count=${LIMIT}`));
});

it('lists the newest when nothing is typed', () => {
  expect(searchesFor('  ')).toEqual([`Patient?_count=${LIMIT}`]);
});
