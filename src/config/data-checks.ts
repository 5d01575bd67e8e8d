import { z } from 'zod';

const severity = z
  .enum(['fail', 'warn'])
  .default('fail')
  .describe('What a check that fails does: end the run, or warn.');

const columnChecks = z.strictObject({
  kind: z.enum(['numeric', 'categorical', 'datetime']).optional().describe('What the column must hold.'),
  min: z.number().optional().describe('The least value allowed.'),
  max: z.number().optional().describe('The greatest value allowed.'),
  values: z.array(z.string()).min(1).optional().describe('The only values allowed.'),
  'max-missing-share': z.number().min(0).max(1).optional().describe('Largest share of missing cells.'),
  unique: z.boolean().default(false).describe('No value may stand twice.'),
  severity,
});

/** `data.checks` of mlops.yaml. */
export const checkSettings = z
  .strictObject({
    'min-rows': z.int().min(1).default(10).describe('Fewest rows of a table that is learned from.'),
    'max-duplicate-share': z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('Largest share of rows that stand in the table more than once.'),
    columns: z.record(z.string().min(1), columnChecks).default({}).describe('Rules of single columns, by name.'),
  })
  .prefault({});

export type CheckSettings = z.output<typeof checkSettings>;
export type ColumnCheckSettings = z.output<typeof columnChecks>;
