import { z } from 'zod';

const share = z.number().min(0).max(1);
const pair = z.tuple([z.number(), z.number()]);

const columnDrift = z.strictObject({
  name: z.string(),
  kind: z.enum(['numeric', 'categorical', 'datetime']),
  /** ignored: by setting, or a time, which always moves on. empty: all cells missing on one side. */
  status: z.enum(['compared', 'ignored', 'empty', 'absent', 'other type']),
  drifted: z.boolean(),
  method: z.enum(['ks', 'chi-squared', 'wasserstein', 'jensen-shannon', 'psi']).optional(),
  /** The p-value (corrected for the number of columns) or the distance that decides, and what it is held against. */
  score: z.number().optional(),
  threshold: z.number().optional(),
  /** Corrected for the number of columns. */
  pValue: share.optional(),
  psi: z.number().optional(),
  /** Change of the mean in standard deviations of the reference. */
  shift: z.number().optional(),
  /** [reference, current] */
  means: pair.optional(),
  missingShare: pair.optional(),
  /** Share of current values outside the reference's range or among its unknown categories. */
  unseenShare: share.optional(),
  newCategories: z.array(z.string()).max(10),
  /** [reference, current] share of the category whose share changed most. */
  moved: z.strictObject({ category: z.string(), shares: pair }).optional(),
  importance: z.number().optional(),
  /** Distribution over the reference's bins or categories: [label, reference share, current share]. */
  distribution: z.array(z.tuple([z.string(), z.number(), z.number()])).max(65),
});

const performance = z.strictObject({
  metric: z.string(),
  rows: z.int().min(0),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  training: z.number(),
  degraded: z.boolean(),
  /**
   * Mean loss (absolute error, or share of wrong labels): of the reference, expected from the predictions that were made, and
   * found. Expected above reference: other inputs. Found above expected: the world behaves differently.
   */
  loss: z.strictObject({ reference: z.number(), expected: z.number(), found: z.number() }).optional(),
});

const estimate = z.strictObject({
  metric: z.enum(['mae', 'error_rate']),
  reference: z.number(),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  worse: z.boolean(),
});

/** What a window of production looks like beside the training data. JSON. */
export const monitoringSchema = z.strictObject({
  schema: z.literal(1),
  /** The inputs as a whole have drifted. */
  drift: z.boolean(),
  predictionDrift: z.boolean(),
  /** By actual values. */
  degraded: z.boolean(),
  retrainRecommended: z.boolean(),
  reason: z.string(),
  rows: z.int().min(0),
  /** Epoch milliseconds. */
  window: z.strictObject({ from: z.number(), to: z.number() }).optional(),
  driftShare: share,
  columns: z.array(columnDrift),
  predictions: z.array(columnDrift),
  performance: performance.optional(),
  estimate: estimate.optional(),
  metrics: z.record(z.string(), z.number()),
  insights: z.array(z.string()),
});

export type Monitoring = z.output<typeof monitoringSchema>;
export type ColumnDrift = z.output<typeof columnDrift>;
export type Performance = z.output<typeof performance>;
export type Estimate = z.output<typeof estimate>;
