import { z } from 'zod';
import { datetimePart } from './datetime-parts.ts';

const name = z.string().min(1);
const names = z.array(name).min(1);
const share = z.number().min(0).max(1);
const parts = z.array(datetimePart);

const columns = z
  .union([name, names])
  .describe('A column, a list of columns, or all that are numeric, categorical or datetime.');
const except = z.array(name).default([]).describe('Columns that are left alone.');
const suffix = z
  .string()
  .default('')
  .describe('The result is a column beside the old one, named with this at the end; empty: it takes its place.');
const keep = z.boolean().default(false).describe('Keep the column beside what is made of it.');
const output = name.describe('Name of the new column.');
const formula = name.describe('e.g. log1p(`wind speed`) * (temp > 0.5 and weather != "rain"); see docs/features.md.');

const duration = z.string().regex(/^[1-9]\d*(d|h|m|s)$/);
const regex = z.string().refine(isRegex, { error: 'is not a regular expression of JavaScript (flag u)' });
const date = z.string().refine((text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)), {
  error: 'is not a date such as 2024-12-25',
});

function isRegex(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** The settings of every step, by its name in mlops.yaml. */
export const FEATURE_STEPS = {
  impute: z
    .strictObject({
      columns,
      except,
      suffix,
      strategy: z
        .enum(['median', 'mean', 'most-frequent', 'constant'])
        .default('median')
        .describe('What is put in; median and mean are of numbers only.'),
      value: z.union([z.number(), z.string()]).optional().describe('What constant puts in.'),
      indicator: z
        .boolean()
        .default(false)
        .describe('Also make <column>.missing, which is 1 where a cell was missing.'),
    })
    .describe('Fills missing cells.'),
  clip: z
    .strictObject({
      columns,
      except,
      suffix,
      'lower-quantile': share.default(0.01).describe('Smaller values become this quantile of the training rows.'),
      'upper-quantile': share.default(0.99).describe('Larger values become this quantile of the training rows.'),
      min: z.number().optional().describe('Smaller values become this one, whatever the quantile.'),
      max: z.number().optional().describe('Larger values become this one, whatever the quantile.'),
    })
    .describe('Brings extreme values to limits (winsorising).'),
  log1p: z.strictObject({ columns, except, suffix }).describe('The logarithm of 1 + x; missing from -1 down.'),
  power: z
    .strictObject({
      columns,
      except,
      suffix,
      standardize: z.boolean().default(true).describe('Then scale to mean 0 and variance 1.'),
    })
    .describe('Makes numbers more like a normal distribution (Yeo-Johnson, by maximum likelihood).'),
  scale: z
    .strictObject({
      columns,
      except,
      suffix,
      method: z
        .enum(['standard', 'min-max', 'robust'])
        .default('standard')
        .describe('standard: mean 0, variance 1; min-max: from 0 to 1; robust: median 0, interquartile range 1.'),
    })
    .describe('Shifts and scales numbers.'),
  bins: z
    .strictObject({ columns, except, suffix, bins: z.int().min(2).max(1000).default(5).describe('How many.') })
    .describe('The number, from 0, of the quantile bin that a value falls in.'),
  'one-hot': z
    .strictObject({
      columns,
      except,
      keep,
      'max-categories': z.int().min(1).default(100).describe('More are refused: group rare ones first.'),
    })
    .describe('A column of 0 and 1 for each category, named <column>=<category>.'),
  ordinal: z
    .strictObject({
      columns,
      except,
      suffix,
      order: names.optional().describe('The categories from the lowest up; default: sorted.'),
    })
    .describe('The number of the category, from 0; unknown ones are missing.'),
  rare: z
    .strictObject({
      columns,
      except,
      suffix,
      'min-share': share.default(0.01).describe('Share of the present training rows below which a category is rare.'),
      name: name.default('other').describe('What rare and unknown categories become.'),
    })
    .describe('Puts rare categories together.'),
  frequency: z
    .strictObject({ columns, except, suffix })
    .describe('The share of the training rows that have the category; 0 for unknown ones.'),
  'target-encode': z
    .strictObject({
      columns,
      except,
      suffix,
      smooth: z
        .union([z.literal('auto'), z.number().min(0)])
        .default('auto')
        .describe('How strongly small categories go to the mean of all; auto: empirical Bayes.'),
      folds: z.int().min(2).default(5).describe('Training rows are encoded by the other folds.'),
    })
    .describe('The mean target of the category (the share of each class, when there are more than two).'),
  date: z
    .strictObject({
      columns,
      except,
      keep,
      parts: parts.default([]).describe('Parts as numbers: <column>.<part>.'),
      cyclic: z
        .array(z.enum(['month', 'day', 'weekday', 'hour', 'minute', 'day-of-year']))
        .default([])
        .describe('Parts on a circle: <column>.<part>.sin and .cos.'),
      since: date.optional().describe('Days since this date, with fractions: <column>.days.'),
      holidays: z.array(date).default([]).describe('Dates on which <column>.holiday is 1.'),
    })
    .describe('Parts of instants, in UTC.'),
  text: z
    .strictObject({
      columns,
      except,
      keep,
      length: z.boolean().default(false).describe('Number of characters: <column>.length.'),
      words: z.boolean().default(false).describe('Number of words: <column>.words.'),
      flags: z.record(name, regex).default({}).describe('1 where a regular expression matches: <column>.<name>.'),
      hash: z.int().min(2).max(4096).optional().describe('Words hashed into so many counts: <column>.hash<i>.'),
    })
    .describe('Numbers out of texts.'),
  expression: z.strictObject({ output, formula }).describe('A number computed from columns.'),
  cross: z
    .strictObject({ columns: z.array(name).min(2).describe('Columns of texts.'), output })
    .describe('The combination of categories as one category.'),
  drop: z.strictObject({ columns, except }).describe('Leaves columns out.'),
  rename: z
    .strictObject({ columns: z.record(name, name).describe('The new name of each column.') })
    .describe('Gives columns other names.'),
  filter: z.strictObject({ formula }).describe('Trains on rows only for which the formula is true.'),
  dedupe: z
    .strictObject({ columns: columns.optional(), except })
    .describe('Trains on the first only of rows that are alike in the columns (default: all) and in the target.'),
  lag: z
    .strictObject({
      columns,
      except,
      group: z.array(name).default([]).describe('Columns that tell series apart.'),
      lags: z.array(duration).default([]).describe('The value so long ago (d, h, m, s): <column>.lag-<duration>.'),
      means: z
        .array(duration)
        .default([])
        .describe('The mean over the time before, without the row itself: <column>.mean-<duration>.'),
      unknown: z
        .enum(['fail', 'missing'])
        .default('fail')
        .describe('What happens to a row whose past neither the request nor the model holds.'),
    })
    .describe('Values of a column earlier by data.time; needs a split by time.'),
} as const;

export type StepName = keyof typeof FEATURE_STEPS;
export type StepSettings<Name extends StepName> = z.output<(typeof FEATURE_STEPS)[Name]>;

/** `features.steps[]`: one step, as a mapping with its name as the only key. */
export const featureStep = z
  .strictObject(FEATURE_STEPS)
  .partial()
  .refine((step) => Object.keys(step).length === 1, {
    error: 'must have exactly one key, the name of the step',
    // A name that is not known is a fault already.
    when: ({ issues }) => issues.length === 0,
  });

export type FeatureStepSettings = z.output<typeof featureStep>;
