import { z } from 'zod';

const UNITS = { d: 86_400_000, h: 3_600_000 } as const;

/** `30d` or `12h`. */
export const duration = z.string().regex(/^\d+[dh]$/);

export function durationMs(text: string): number {
  return Number(text.slice(0, -1)) * UNITS[text.at(-1) as keyof typeof UNITS];
}
