import { expect, it } from 'vitest';
import { texts } from './texts';

function keys(tree: object, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null
      ? keys(value as object, `${prefix}${key}.`)
      : [prefix + key],
  );
}

const en = texts('en');
const zh = texts('zh');

it('has every text in both languages, and none empty', () => {
  expect(keys(zh)).toEqual(keys(en));
  expect(JSON.stringify([en, zh])).not.toContain('""');
});
