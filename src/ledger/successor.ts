import { z } from 'zod';
import { damaged } from './segment.ts';

/** The last file that a compacted branch gets: it names the branch that goes on in its place. */
export const SUCCESSOR = 'successor.json';
/** What the successor says of the branch before it. */
export const PREDECESSOR = 'predecessor.json';

const successorSchema = z.strictObject({ branch: z.string().min(1) });

export function formatSuccessor(branch: string): string {
  return `${JSON.stringify({ branch })}\n`;
}

/** The name of the branch. @throws LEDGER_DAMAGED */
export function parseSuccessor(text: string): string {
  try {
    return successorSchema.parse(JSON.parse(text)).branch;
  } catch (error) {
    throw damaged(SUCCESSOR, 0, 'does not name a branch', error);
  }
}
