import { expect, test } from 'vitest';
import { listed } from './listed';

test('each language has its own separator', () => {
  expect(listed(['读', '写'], 'zh-CN')).toBe('读、写');
  expect(listed(['read', 'search'], 'en')).toBe('read, search');
  expect(listed([], 'en')).toBe('');
});
