import { z } from 'zod';
import { splitSettings } from '../config/data-settings.ts';
import { DATETIME_PARTS } from '../config/features.ts';
import { operationSchema } from '../features/operation-schema.ts';
import { ENGINES } from '../forest/engines.ts';

const task = z.enum(['classification', 'regression']);
const scikitNumber = z.number().nullable();

const params = z.strictObject({
  nEstimators: z.number(),
  criterion: z.enum(['gini', 'entropy', 'squared_error']),
  maxDepth: scikitNumber,
  maxFeatures: z.union([z.enum(['sqrt', 'log2']), z.number(), z.null()]),
  minSamplesSplit: z.number(),
  minSamplesLeaf: z.number(),
  maxLeafNodes: scikitNumber,
  minImpurityDecrease: z.number(),
  bootstrap: z.boolean(),
  maxSamples: scikitNumber,
  classWeight: z.union([z.enum(['balanced', 'balanced_subsample']), z.record(z.string(), z.number()), z.null()]),
  splitter: z.enum(['best', 'random']),
  maxBins: z.number(),
  randomState: z.number(),
});

const baseline = z.union([
  z.strictObject({ task: z.literal('regression'), mean: z.number() }),
  z.strictObject({
    task: z.literal('classification'),
    classes: z.array(z.string()).readonly(),
    shares: z.array(z.number()).readonly(),
  }),
]);

/** Where a model comes from and how it was made; none of it is needed to predict but task, target and classes. */
export const modelInfo = z.strictObject({
  name: z.string(),
  task,
  target: z.string(),
  /** Sorted as the probabilities are; empty for regression. */
  classes: z.array(z.string()).readonly(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  toolkitVersion: z.string(),
  engine: z.enum(ENGINES),
  params,
  /** On the rows held out. */
  metrics: z.record(z.string(), z.number()),
  /** On training rows, each predicted by the trees that did not see it. */
  oobMetrics: z.record(z.string(), z.number()).optional(),
  dataDigest: z.string(),
  dataSource: z.string(),
  runId: z.string(),
  modelId: z.string(),
  split: z.strictObject({
    settings: splitSettings,
    seed: z.number(),
    /** Columns of the training table that decided the side of a row. */
    columns: z.array(z.string()).readonly(),
    trainingRows: z.number(),
    testRows: z.number(),
  }),
  splitCutoff: z.record(z.string(), z.number()).optional(),
  baseline,
  time: z.string().optional(),
});

const rawColumn = z.strictObject({
  name: z.string(),
  type: z.enum(['double', 'long', 'string', 'datetime']),
  required: z.boolean(),
});

const step = z.union([
  z.strictObject({ kind: z.literal('keep'), column: z.string(), output: z.string() }),
  z.strictObject({
    kind: z.literal('datetime-part'),
    column: z.string(),
    part: z.enum(DATETIME_PARTS),
    output: z.string(),
  }),
]);

export const fittedFeatures = z.strictObject({
  inputs: z.array(rawColumn),
  operations: z.array(operationSchema).optional(),
  steps: z.array(step),
  outputs: z.array(z.string()),
  dropped: z.array(z.strictObject({ column: z.string(), reason: z.string() })),
});

const numbers = z.array(z.number()).readonly();

const calibration = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('isotonic'),
    curves: z.array(z.strictObject({ x: numbers, y: numbers })).readonly(),
  }),
  z.strictObject({
    method: z.literal('sigmoid'),
    sigmoids: z.array(z.strictObject({ slope: z.number(), intercept: z.number() })).readonly(),
  }),
]);

/** native/model.json */
export const modelFile = z.strictObject({
  schema: z.literal(1),
  info: modelInfo,
  features: fittedFeatures,
  calibration: calibration.optional(),
  intervals: z.strictObject({ levels: z.tuple([z.number(), z.number()]).readonly() }).optional(),
});

export type ModelFile = z.output<typeof modelFile>;
export type ModelInfo = z.output<typeof modelInfo>;
