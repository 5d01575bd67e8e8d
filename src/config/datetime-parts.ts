import { z } from 'zod';

/** Parts of an instant that trees can split on; UTC. */
export const DATETIME_PARTS = ['year', 'month', 'day', 'weekday', 'hour', 'minute', 'day-of-year'] as const;

export const datetimePart = z.enum(DATETIME_PARTS);

export type DatetimePart = (typeof DATETIME_PARTS)[number];
