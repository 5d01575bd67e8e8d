import { expect, test } from 'vitest';
import { neededColumns } from '../../../src/commands/needed-columns.ts';
import { projectSchema } from '../../../src/config/project.ts';

test('what is excluded is left where it is, unless it is named elsewhere too', () => {
  const project = projectSchema.parse({
    data: {
      target: 'cnt',
      exclude: ['instant', 'casual', 'customer', 'order', 'rating'],
      split: { method: 'group', column: 'customer' },
      checks: { columns: { rating: { kind: 'numeric' } } },
    },
    monitoring: { key: 'order' },
  });
  const names = ['cnt', 'temp', 'instant', 'casual', 'customer', 'order', 'rating'];
  expect(names.filter(neededColumns(project))).toEqual(['cnt', 'temp', 'customer', 'order', 'rating']);
});
