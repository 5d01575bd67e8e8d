import { z } from 'zod';
import { DATETIME_PARTS, datetimePart } from './datetime-parts.ts';
import { featureStep } from './feature-steps.ts';

export { DATETIME_PARTS, type DatetimePart } from './datetime-parts.ts';

const selectSettings = z.strictObject({
  'min-importance': z
    .number()
    .min(0)
    .lt(1)
    .nullable()
    .default(0)
    .describe(
      'Features with a smaller share of the permutation importance of all are left out, and those with none; null: none is.',
    ),
  'max-correlation': z
    .number()
    .gt(0)
    .max(1)
    .nullable()
    .default(0.95)
    .describe('Of number features whose ranks are correlated more, the most important one stays; null: all do.'),
});

/** `features` of mlops.yaml. */
export const featureSettings = z
  .strictObject({
    steps: z
      .array(featureStep)
      .default([])
      .describe('What is done to the columns, in this order; then what is below is done to those that are left.'),
    'datetime-parts': z
      .array(datetimePart)
      .default([...DATETIME_PARTS])
      .describe('What is made of a column of instants. Parts that are constant in training are left out.'),
    'drop-identifiers': z
      .boolean()
      .default(true)
      .describe('Leave out text columns with a different value in nearly every row.'),
    select: selectSettings.optional().describe('Keep only the features that a small forest needs; default: keep all.'),
  })
  .prefault({});

export type SelectSettings = z.output<typeof selectSettings>;
export type FeatureSettings = z.output<typeof featureSettings>;
