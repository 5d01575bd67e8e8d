import { z } from 'zod';

const name = z.string().min(1);

/** `monitoring` of mlops.yaml. */
export const monitoringSettings = z
  .strictObject({
    labels: z
      .union([name, z.array(name).min(1)])
      .optional()
      .describe('Files with the actual values, as they become known.'),
    key: name.optional().describe('The column that predictions and labels share.'),
    ignore: z.array(name).default([]).describe('Columns whose drift does not matter.'),
    'numeric-method': z
      .enum(['auto', 'ks', 'wasserstein', 'jensen-shannon', 'psi'])
      .default('auto')
      .describe('auto: ks up to 1,000 reference rows, wasserstein beyond; few different numbers as categories.'),
    'categorical-method': z
      .enum(['auto', 'chi-squared', 'jensen-shannon', 'psi'])
      .default('auto')
      .describe('auto: chi-squared up to 1,000 reference rows, jensen-shannon beyond.'),
    'distance-threshold': z.number().gt(0).default(0.1).describe('From this distance on a column has drifted.'),
    significance: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.01)
      .describe(
        'Chance of any false alarm among all columns of a window; a distance below it in significance is no drift.',
      ),
    'drift-share': z
      .number()
      .gt(0)
      .max(1)
      .default(0.5)
      .describe('Share of drifted columns from which on the whole data set has drifted.'),
    metric: name
      .default('auto')
      .describe('The metric that decides. auto: rmse, roc_auc of two classes, f1_macro of more.'),
    'performance-margin': z
      .number()
      .min(0)
      .default(0.1)
      .describe('How much worse than at training the metric may become, as a share of it.'),
    'min-rows': z.int().min(2).default(30).describe('With fewer rows nothing is concluded.'),
  })
  .prefault({});

export type MonitoringSettings = z.output<typeof monitoringSettings>;
