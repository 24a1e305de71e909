import { describe, expect, it } from 'vitest';
import { fitting, searchFor } from './catalogues';
import { facts, otherNames, stateOf, titleOf } from './entry';

const saline: fhir4.MedicationKnowledge = {
  resourceType: 'MedicationKnowledge',
  meta: {
    tag: [{ system: 'https://xinglin.example/fhir/CodeSystem/catalogue-status', code: 'draft' }],
  },
  status: 'active',
  code: { coding: [{ code: 'NS100' }], text: '0.9%氯化钠注射液 100ml:0.9g/袋' },
  synonym: ['氯化钠注射液', 'Sodium chloride injection'],
  ingredient: [
    {
      itemCodeableConcept: {
        text: '氯化钠',
        _text: {
          extension: [
            {
              url: 'http://hl7.org/fhir/StructureDefinition/translation',
              extension: [
                { url: 'lang', valueCode: 'en' },
                { url: 'content', valueString: 'sodium chloride' },
              ],
            },
          ],
        },
      },
      strength: { numerator: { value: 0.9, unit: 'g' }, denominator: { value: 100, unit: 'ml' } },
    },
  ],
};

describe('an entry', () => {
  it('is in the state that its stewards marked, else in that of the resource', () => {
    expect(stateOf(saline)).toBe('draft');
    expect(stateOf({ ...saline, meta: undefined })).toBe('active');
    expect(stateOf({ resourceType: 'ActivityDefinition', status: 'retired' })).toBe('retired');
  });
  it('is told in the language of the reader', () => {
    expect(titleOf(saline, 'zh-CN')).toContain('氯化钠注射液');
    expect(otherNames(saline, 'en')).toContain('Sodium chloride injection');
    expect(facts(saline, 'en')).toContainEqual(['ingredients', ['sodium chloride 0.9 g / 100 ml']]);
    expect(facts(saline, 'zh-CN')).toContainEqual(['ingredients', ['氯化钠 0.9 g / 100 ml']]);
  });
});

it('asks by whatever is typed', () => {
  const drugs = { code: 'drugs', type: 'MedicationKnowledge' } as const;
  expect(searchFor(drugs, '')).toBe('MedicationKnowledge?_count=50');
  expect(searchFor(drugs, ' lhn ')).toBe('MedicationKnowledge?term=lhn&_count=50');
});

it('finds in a list by code, either name, or pinyin', () => {
  const concepts: fhir4.CodeSystemConcept[] = [
    { code: 'BID', display: '每日两次', designation: [{ value: 'twice a day' }] },
    { code: 'QN', display: '每晚', extension: [{ url: 'x', valueString: 'meiwan' }] },
  ];
  const codes = (text: string) => fitting(concepts, text).map((one) => one.code);
  expect(codes('bid')).toEqual(['BID']);
  expect(codes('TWICE')).toEqual(['BID']);
  expect(codes('meiw')).toEqual(['QN']);
  expect(codes('')).toHaveLength(2);
});
