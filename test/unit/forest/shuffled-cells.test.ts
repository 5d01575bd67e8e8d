import { expect, test } from 'vitest';
import type { Column, Table } from '../../../src/data/table.ts';
import { treeCount } from '../../../src/forest/forest.ts';
import { forestCells } from '../../../src/forest/forest-cells.ts';
import { predictForest } from '../../../src/forest/predict-forest.ts';
import { Random } from '../../../src/forest/random.ts';
import { changesOfSums } from '../../../src/forest/shuffled-cells.ts';
import { grow, mixedSet } from './small-sets.ts';

function reordered(column: Column, order: Int32Array): Column {
  if (column.kind === 'categorical') return { ...column, codes: order.map((from) => column.codes[from]!) };
  return { ...column, values: Float64Array.from(order, (from) => column.values[from]!) };
}

test.each(['regression', 'classification'] as const)(
  'shuffled cells change a %s as predicting the shuffled table does, missing cells and categories included',
  async (task) => {
    const { features, target } = mixedSet(600, task, 3, 5);
    const forest = await grow({ features, target }, { nEstimators: 7, bootstrap: true });
    const random = new Random(9);
    const order = (): Int32Array => Int32Array.from({ length: 600 }, () => random.below(600));
    const shuffles = forest.features.flatMap((_, feature) => [
      { feature, order: order() },
      { feature, order: order() },
    ]);
    const own = predictForest(forest, features);
    const changes = changesOfSums(forest, forestCells(forest, features), shuffles);
    for (const [s, shuffle] of shuffles.entries()) {
      const { name } = forest.features[shuffle.feature]!;
      const columns = features.columns.map((column) =>
        column.name === name ? reordered(column, shuffle.order) : column,
      );
      const shuffled: Table = { nRows: 600, columns };
      const expected = predictForest(forest, shuffled);
      const found = own.map((mean, i) => mean + changes[s]![i]! / treeCount(forest));
      const furthest = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0);
      expect([name, furthest < 1e-10 * Math.max(...expected.map(Math.abs))]).toEqual([name, true]);
    }
  },
);
