import { expect, it } from 'vitest';
import en from './en.json';
import zh from './zh.json';

function keys(tree: object, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null
      ? keys(value as object, `${prefix}${key}.`)
      : [prefix + key],
  );
}

it('has every text in both languages, and none empty', () => {
  expect(keys(zh)).toEqual(keys(en));
  expect(JSON.stringify([en, zh])).not.toContain('""');
});
