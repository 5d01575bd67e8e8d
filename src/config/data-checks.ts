import { z } from 'zod';
import { duration } from './duration.ts';

const SEVERITIES = ['off', 'warn', 'fail'] as const;
export type CheckSeverity = (typeof SEVERITIES)[number];

const columnChecks = z.strictObject({
  kind: z.enum(['numeric', 'categorical', 'datetime']).optional().describe('What the column must hold.'),
  min: z.number().optional().describe('The least value allowed.'),
  max: z.number().optional().describe('The greatest value allowed.'),
  values: z.array(z.string()).min(1).optional().describe('The only values allowed.'),
  pattern: z
    .string()
    .min(1)
    .refine(isPattern, { error: 'expected a regular expression' })
    .optional()
    .describe('A regular expression that every text must match as a whole.'),
  'max-missing-share': z.number().min(0).max(1).optional().describe('Largest share of missing cells.'),
  unique: z.boolean().default(false).describe('No value may stand twice.'),
  severity: z.enum(['fail', 'warn']).default('fail').describe('What a check that fails does: end the run, or warn.'),
});

const check = (severity: CheckSeverity, what: string) => z.enum(SEVERITIES).default(severity).describe(what);

const severities = z
  .strictObject({
    'row-count': check('fail', 'Fewer rows than min-rows.'),
    'required-columns': check('fail', 'A column of required is not there.'),
    'duplicate-rows': check('warn', 'More duplicates than max-duplicate-share.'),
    'target-present': check('warn', 'Rows without a target.'),
    time: check('fail', 'Rows without an instant in data.time.'),
    freshness: check('fail', 'The newest row is older than max-age.'),
    'not-constant': check('warn', 'A column with one value.'),
    'one-kind': check('warn', 'A few texts in a column of numbers.'),
    identifier: check('warn', 'A feature that numbers the rows.'),
    leakage: check('warn', 'A feature that gives the target away.'),
    'class-balance': check('warn', 'A class rarer than min-class-share.'),
    overlap: check('warn', 'More held-out rows among the training rows than max-overlap-share.'),
    'schema-drift': check('warn', 'Other columns or kinds than the last trained version had.'),
  })
  .prefault({});

/** `data.checks` of mlops.yaml. */
export const checkSettings = z
  .strictObject({
    'min-rows': z.int().min(1).default(10).describe('Fewest rows of a table that is learned from.'),
    required: z.array(z.string().min(1)).default([]).describe('Columns that must be there.'),
    'max-duplicate-share': z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe('Largest share of rows that stand in the table already.'),
    'max-age': duration
      .optional()
      .describe('How old the newest row may be by data.time, in days (30d) or hours (12h).'),
    'max-leakage-score': z
      .number()
      .gt(0)
      .max(1)
      .default(0.9)
      .describe('How well a feature may predict the target alone: R², or the share of errors it avoids (λ).'),
    'min-class-share': z.number().min(0).max(1).default(0.01).describe('Smallest share of rows of a class.'),
    'max-overlap-share': z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe('Largest share of held-out rows that stand among the training rows.'),
    columns: z.record(z.string().min(1), columnChecks).default({}).describe('Rules of single columns, by name.'),
    severity: severities.describe('What a check of the whole table does when it fails: nothing, warn, or end the run.'),
  })
  .prefault({});

export type CheckSettings = z.output<typeof checkSettings>;
export type ColumnCheckSettings = z.output<typeof columnChecks>;

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}
