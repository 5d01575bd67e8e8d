import { splitSettings } from '../../src/config/data-settings.ts';
import { featureSettings } from '../../src/config/features.ts';
import { dropColumns, getColumn, type Table, takeRows } from '../../src/data/table.ts';
import { prepareTarget, takeTarget } from '../../src/data/target.ts';
import { fitTransform } from '../../src/features/pipeline.ts';
import type { ForestParams } from '../../src/forest/engine.ts';
import { fitForest } from '../../src/forest/fit.ts';
import { defaultParams } from '../../src/forest/params.ts';
import { baselineOf } from '../../src/metrics/baseline.ts';
import { loadModel, type Model } from '../../src/model/load-model.ts';
import { writeModel } from '../../src/model/write-model.ts';
import { VERSION } from '../../src/version.ts';

/**
 * Trains a forest (20 trees unless `params` says otherwise) on all rows of a table and writes its model directory.
 *
 * @param exampleRows rows of the table that become the input example and the golden rows
 */
export async function writeSmallModel(
  directory: string,
  table: Table,
  target: string,
  params: Partial<ForestParams> = {},
  exampleRows = 5,
  options: { readonly steps?: readonly unknown[]; readonly time?: string; readonly nativeOnly?: boolean } = {},
): Promise<Model> {
  getColumn(table, target, 'target');
  const prepared = prepareTarget(table, target, 'auto');
  const raw = dropColumns(takeRows(table, prepared.rows), [target]);
  const { steps = [], time, nativeOnly = false } = options;
  const {
    fitted: features,
    features: made,
    rows,
  } = fitTransform(raw, featureSettings.parse({ steps }), {
    target: prepared.target,
    ...(time === undefined ? {} : { time, splitByTime: true }),
    seed: 0,
  });
  const all = { ...defaultParams(prepared.task), nEstimators: 20, ...params };
  const set = { features: made, target: takeTarget(prepared.target, rows) };
  const forest = await fitForest(set, all, { nJobs: 1 });
  await writeModel(directory, {
    info: {
      name: 'small',
      task: prepared.task,
      target,
      classes: prepared.target.task === 'classification' ? prepared.target.classes : [],
      createdAt: Date.UTC(2026, 0, 1),
      toolkitVersion: VERSION,
      engine: 'native',
      params: all,
      metrics: {},
      dataDigest: '0'.repeat(64),
      dataSource: 'test',
      runId: '0'.repeat(32),
      modelId: `m-${'0'.repeat(32)}`,
      split: {
        settings: splitSettings.parse({}),
        seed: 0,
        columns: [],
        trainingRows: raw.nRows,
        testRows: 0,
      },
      baseline: baselineOf(prepared.target),
    },
    features,
    forest,
    example: takeRows(
      raw,
      Int32Array.from({ length: Math.min(exampleRows, raw.nRows) }, (_, row) => row),
    ),
    files: {},
    nativeOnly,
  });
  return loadModel(directory);
}
