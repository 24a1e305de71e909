import { expect, it } from 'vitest';
import { flagKey, latest, seriesOf } from './series';

function potassium(time: string, value: number, flag?: string): fhir4.Observation {
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [{ coding: [{ code: 'laboratory' }] }],
    code: {
      coding: [{ system: 'http://loinc.org', code: '2823-3', display: 'Potassium' }],
      text: '钾',
    },
    effectiveDateTime: time,
    valueQuantity: { value, unit: 'mmol/L' },
    referenceRange: [{ low: { value: 3.5 }, high: { value: 5.3 } }],
    interpretation: flag ? [{ coding: [{ code: flag }] }] : undefined,
  };
}

it('orders by the instant, not by the text of the time', () => {
  const [series] = seriesOf(
    [potassium('2026-01-02T06:00:00+08:00', 4.1), potassium('2026-01-01T23:00:00Z', 6.9, 'HH')],
    'zh-CN',
  );
  expect(series?.name).toBe('钾');
  expect(latest(series!)).toMatchObject({ shown: '6.9', flag: 'HH' });
  expect(flagKey(series!, 'HH', 6.9)).toBe('criticalHigh');
});

it('derives a flag from the range only where none was given', () => {
  const [series] = seriesOf([potassium('2026-01-01', 3.1)], 'en');
  expect(series?.name).toBe('Potassium');
  expect(flagKey(series!, null, 3.1)).toBe('low');
  expect(flagKey(series!, 'N', 3.1)).toBeNull();
});

it('takes components apart and leaves out what was entered in error', () => {
  const pressure: fhir4.Observation = {
    resourceType: 'Observation',
    status: 'final',
    category: [{ coding: [{ code: 'vital-signs' }] }],
    code: { text: 'Blood pressure' },
    effectiveDateTime: '2026-01-01',
    component: [
      { code: { text: 'Systolic' }, valueQuantity: { value: 120, unit: 'mmHg' } },
      { code: { text: 'Diastolic' }, valueQuantity: { value: 80, unit: 'mmHg' } },
    ],
  };
  const wrong = { ...potassium('2026-01-01', 9), status: 'entered-in-error' as const };
  const found = seriesOf([pressure, wrong], 'en');
  expect(found.map((one) => one.name)).toEqual(['Diastolic', 'Systolic']);
  expect(found[0]?.category).toBe('vitals');
});

it('gives a reader of English the UCUM code where the unit is written in Chinese', () => {
  const pulse = potassium('2026-01-01', 71);
  pulse.valueQuantity = { value: 71, unit: '次/分', code: '/min' };
  expect(seriesOf([pulse], 'en')[0]?.unit).toBe('/min');
  expect(seriesOf([pulse], 'zh-CN')[0]?.unit).toBe('次/分');
});
