import { z } from 'zod';

/** Texts come from data and configuration and are shown to people: bounded, and on one line. */
const text = z
  .string()
  .max(500)
  .regex(/^[^\n\r]*$/);
const short = z.string().max(200);
const number = z.number();
const count = z.int().min(0);
const metrics = z.record(short, number).refine((all) => Object.keys(all).length <= 100, 'at most 100 metrics');
const interval = z.strictObject({ low: number, high: number });
const intervals = z.record(short, interval);
const point = z.tuple([number, number]);
const points = z.array(point).max(1000);

const candidate = z.strictObject({
  name: short,
  uri: text,
  version: count.optional(),
  digest: short.optional(),
  metrics,
  intervals,
});

const difference = z.strictObject({
  metric: short,
  challenger: number,
  other: number,
  /** challenger - other, with its interval. */
  difference: number,
  low: number,
  high: number,
  /** better, worse: the whole interval lies on that side. same: it does not. */
  outcome: z.enum(['better', 'worse', 'same']),
});

const gate = z.strictObject({
  gate: text,
  outcome: z.enum(['pass', 'fail', 'inconclusive']),
  severity: z.enum(['fail', 'warn']),
  found: text,
  allowed: text,
  explanation: text,
});

const slice = z.strictObject({
  slice: text,
  rows: count,
  share: number,
  metric: short,
  value: number,
  overall: number,
  /** Of the slice's value by bootstrap of its rows. */
  low: number,
  high: number,
  worse: z.boolean(),
});

const perClass = z.strictObject({
  class: short,
  precision: number,
  recall: number,
  f1: number,
  support: number,
});

const calibrationBin = z.strictObject({
  from: number,
  to: number,
  weight: number,
  predicted: number,
  observed: number,
});

/** The JSON of an evaluation: strict and bounded, so that it can be read back from an untrusted workflow. */
export const evaluationSchema = z.strictObject({
  schema: z.literal(1),
  verdict: z.enum(['pass', 'warn', 'fail']),
  /** The verdict in one sentence. */
  reason: text,
  task: z.enum(['classification', 'regression']),
  rows: z.strictObject({ count, description: text }),
  primaryMetric: short,
  /** Level of all intervals. */
  confidence: number,
  name: short,
  uri: text,
  version: count.optional(),
  digest: short.optional(),
  metrics,
  intervals,
  champion: candidate.optional(),
  baseline: z.strictObject({ name: short, metrics }),
  /** Against the champion, or against the baseline when there is none. */
  comparison: z.strictObject({
    against: z.enum(['champion', 'baseline']),
    differences: z.array(difference).max(50),
    mcNemar: z.strictObject({ onlyFirst: count, onlySecond: count, pValue: number }).optional(),
    deLong: z.strictObject({ difference: number, standardError: number, pValue: number }).optional(),
  }),
  gates: z.array(gate).max(200),
  notes: z.array(text).max(20),
  importances: z.array(z.strictObject({ feature: short, mean: number, std: number })).max(200),
  slices: z.array(slice).max(500),
  classification: z
    .strictObject({
      classes: z.array(short).max(50),
      perClass: z.array(perClass).max(50),
      /** Rows of true class × predicted class; undefined beyond 50 classes. */
      confusion: z.array(z.array(number).max(50)).max(50).optional(),
      calibration: z.array(calibrationBin).max(20),
      roc: points.optional(),
      precisionRecall: points.optional(),
    })
    .optional(),
  regression: z
    .strictObject({
      /** [actual, predicted] of a sample of rows. */
      scatter: points,
      residuals: z.strictObject({ edges: z.array(number).max(50), counts: z.array(count).max(50) }),
    })
    .optional(),
  /** Mean loss (absolute error, or share of wrong labels) over time: [epoch milliseconds, loss]. */
  overTime: z.strictObject({ metric: short, challenger: points, other: points.optional() }).optional(),
});

export type Evaluation = z.output<typeof evaluationSchema>;
export type GateResult = z.output<typeof gate>;
export type Difference = z.output<typeof difference>;
export type SliceResult = z.output<typeof slice>;
