import { z } from 'zod';

const name = z.string().min(1);

/** One entry of `gates` in mlops.yaml. */
export const gateSetting = z.strictObject({
  metric: name.describe("The metric that is held to a limit: scikit-learn's name, such as r2, mae, roc_auc."),
  class: name.optional().describe('For precision, recall and f1: the class that is meant.'),
  slice: name.optional().describe('Hold every value of this column to the limit, not only all rows together.'),
  min: z.number().optional().describe('The least value allowed.'),
  max: z.number().optional().describe('The greatest value allowed.'),
  'regression-margin': z
    .number()
    .min(0)
    .optional()
    .describe("How much worse than the champion's the value may be, as a share of it, before it counts."),
  severity: z.enum(['fail', 'warn']).default('fail').describe('What the verdict becomes when the gate is missed.'),
});

/** `gates` of mlops.yaml: what a model must reach, beside the gates that are always on. */
export const gateSettings = z.array(gateSetting).default([]);

/** `evaluation` of mlops.yaml. */
export const evaluationSettings = z
  .strictObject({
    'primary-metric': name
      .default('auto')
      .describe('The metric that decides. auto: rmse, roc_auc of two classes, f1_macro of more.'),
    'beat-baseline': z
      .boolean()
      .default(true)
      .describe('The model must be better than always saying the mean or the most frequent class.'),
    'regression-margin': z
      .number()
      .min(0)
      .default(0)
      .describe('How much worse than the champion a model may be, as a share of its metric, before it counts.'),
    confidence: z.number().gt(0.5).lt(1).default(0.95).describe('Level of all intervals.'),
    resamples: z.int().min(100).max(100_000).default(2000).describe('Draws of the bootstrap.'),
    'min-rows': z.int().min(2).default(30).describe('With fewer rows the outcome is inconclusive.'),
    slices: z.array(name).default([]).describe('Columns by whose values the metrics are broken down.'),
    'fail-on': z
      .enum(['fail', 'warn', 'never'])
      .default('fail')
      .describe('The verdict from which on the command ends with status 3.'),
  })
  .prefault({});

export type GateSetting = z.output<typeof gateSetting>;
export type EvaluationSettings = z.output<typeof evaluationSettings>;
