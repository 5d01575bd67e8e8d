import { expect, test } from 'vitest';
import { splitSettings } from '../../../src/config/data-settings.ts';
import { searchSettings } from '../../../src/config/search.ts';
import type { Task } from '../../../src/data/target.ts';
import { chooseFolds } from '../../../src/search/fold-choice.ts';

function choose(split: object, data: { method?: string; column?: string; gap?: number; time?: string; task?: Task }) {
  const { time, task = 'regression', ...heldOut } = data;
  const settings = searchSettings.parse({ split, parameters: { 'max-depth': [1] } }).split;
  return chooseFolds(settings, { split: splitSettings.parse(heldOut), time, task });
}

test('folds are made as rows are held out: no group and no later row is on both sides of either', () => {
  const method = (...given: Parameters<typeof choose>) => choose(...given).method;
  expect(method({}, {})).toBe('k-fold');
  expect(method({}, { task: 'classification' })).toBe('stratified');
  expect(method({}, { time: 'day', task: 'classification' })).toBe('time');
  expect(method({}, { time: 'day', method: 'random' })).toBe('k-fold');
  expect(method({}, { time: 'day', method: 'stratified', task: 'classification' })).toBe('stratified');
  expect(method({}, { time: 'day', method: 'column', column: 'side' })).toBe('time');
  expect(choose({}, { time: 'day', method: 'group', column: 'user' })).toMatchObject({
    method: 'group',
    group: 'user',
  });
  expect(choose({}, { time: 'day', gap: 7 })).toMatchObject({ method: 'time', time: 'day', gap: 7 });
});

test('search.split goes before data.split, and a column that nobody names is asked for', () => {
  expect(choose({ method: 'time', gap: 2 }, { time: 'day', gap: 7 })).toMatchObject({ method: 'time', gap: 2 });
  expect(choose({ method: 'group', column: 'shop' }, { method: 'group', column: 'user' })).toMatchObject({
    group: 'shop',
  });
  expect(() => choose({ method: 'time' }, {})).toThrow(
    '"search.split.method" is "time", but "data.time" names no column',
  );
  expect(() => choose({ method: 'group' }, {})).toThrow('but "search.split.column" names no column');
});
