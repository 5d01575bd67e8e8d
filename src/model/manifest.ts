import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Name of the file that has the SHA-256 of every other one. */
export const MANIFEST = 'manifest.json';
/** Name of the file that has the responses in the leaves, of models with prediction intervals. */
export const LEAF_FILE = 'native/leaf-responses.bin';

export const manifestSchema = z.strictObject({
  schema: z.literal(1),
  /** Of the model: what decides its predictions. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

export type Manifest = z.output<typeof manifestSchema>;

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * The identity of a model: the same data, settings and seed give it again, whenever and wherever it is trained. Run id and
 * time are not part of it.
 *
 * @param parts.forest digest of its file, as `intervals.responses`
 */
export function modelDigest(parts: {
  features: unknown;
  classes: readonly string[];
  forest: string;
  calibration: unknown;
  intervals: { levels: readonly number[]; responses: string } | undefined;
}): string {
  const { features, classes, forest, calibration, intervals } = parts;
  // What most models do not have is not in their digest.
  const more = [calibration && { calibration }, intervals && { intervals }].filter((part) => part !== undefined);
  return sha256(JSON.stringify([features, classes, forest, ...more]));
}
