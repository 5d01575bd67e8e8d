import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Table } from '../../../src/data/table.ts';
import { takeRows } from '../../../src/data/table.ts';
import { applyFeatures } from '../../../src/features/pipeline.ts';
import { predictForest } from '../../../src/forest/predict-forest.ts';
import { writeSmallModel } from '../../tools/small-model.ts';

/** Numbers and categories (more than a word of bits), some missing. */
function rows(count: number, label: (i: number) => string): Table {
  const at = Array.from({ length: count }, (_, i) => i);
  const categories = Array.from({ length: 70 }, (_, i) => `c${i}`);
  const classes = [...new Set(at.map(label))];
  return {
    nRows: count,
    columns: [
      {
        kind: 'numeric',
        name: 'a',
        values: Float64Array.from(at, (i) => (i % 9 === 0 ? Number.NaN : (i * 37) % 101)),
        integer: true,
      },
      { kind: 'categorical', name: 'b', codes: Int32Array.from(at, (i) => ((i * 13) % 71) - 1), categories },
      { kind: 'numeric', name: 'c', values: Float64Array.from(at, (i) => Math.sin(i)), integer: false },
      {
        kind: 'categorical',
        name: 'label',
        codes: Int32Array.from(at, (i) => classes.indexOf(label(i))),
        categories: classes,
      },
    ],
  };
}

test.each([2, 3])(
  'a row gets the same probabilities of %i classes, bit by bit, alone and among thousands',
  async (classes) => {
    const table = rows(9000, (i) => String(((i * 37) % 101 > 40 ? 1 : 0) + (i % 5 === 0 ? classes - 2 : 0)));
    const directory = join(mkdtempSync(join(tmpdir(), 'forest-')), 'model');
    const model = await writeSmallModel(
      directory,
      takeRows(
        table,
        Int32Array.from({ length: 500 }, (_, i) => i),
      ),
      'label',
    );
    const features = applyFeatures(model.features, table);
    const together = predictForest(model.forest, features);
    for (let row = 0; row < table.nRows; row += 97) {
      const alone = predictForest(model.forest, takeRows(features, Int32Array.of(row)));
      expect(together.subarray(row * classes, (row + 1) * classes)).toEqual(alone);
    }
  },
);
