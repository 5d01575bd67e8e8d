import { z } from 'zod';
import { DATETIME_PARTS, datetimePart } from './datetime-parts.ts';
import { featureStep } from './feature-steps.ts';

export { DATETIME_PARTS, type DatetimePart } from './datetime-parts.ts';

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
  })
  .prefault({});

export type FeatureSettings = z.output<typeof featureSettings>;
