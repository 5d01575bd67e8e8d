import { z } from 'zod';

/** Parts of an instant that trees can split on; UTC. */
export const DATETIME_PARTS = ['year', 'month', 'day', 'weekday', 'hour', 'minute', 'day-of-year'] as const;

/** `features` of mlops.yaml. */
export const featureSettings = z
  .strictObject({
    'datetime-parts': z
      .array(z.enum(DATETIME_PARTS))
      .default([...DATETIME_PARTS])
      .describe('What is made of a column of instants. Parts that are constant in training are left out.'),
    'drop-identifiers': z
      .boolean()
      .default(true)
      .describe('Leave out text columns with a different value in nearly every row.'),
  })
  .prefault({});

export type FeatureSettings = z.output<typeof featureSettings>;
export type DatetimePart = (typeof DATETIME_PARTS)[number];
