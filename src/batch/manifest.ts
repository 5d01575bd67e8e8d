import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MlopsError } from '../errors/mlops-error.ts';

/** In the output folder: what each file of predictions was made of. */
export const MANIFEST_NAME = 'manifest.json';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

const entrySchema = z.strictObject({
  /** Names in the output folder; no `rejected`: every row was scored. */
  output: z.string().regex(/^[^/\\]+$/),
  rejected: z
    .string()
    .regex(/^[^/\\]+$/)
    .optional(),
  rows: z.int().min(0),
  rejectedRows: z.int().min(0),
  /** SHA-256 of the input, the files written, the model, and the settings that shape the output. */
  inputDigest: digest,
  outputDigest: digest,
  rejectedDigest: digest.optional(),
  modelDigest: digest,
  settingsDigest: digest,
  /** In an object store: the states (ETags) of what was written. */
  outputState: z.string().optional(),
  rejectedState: z.string().optional(),
});

const manifestSchema = z.strictObject({ schema: z.literal(1), files: z.record(z.string(), entrySchema) });

export type ManifestEntry = z.output<typeof entrySchema>;

/** What is known of the files that were scored before, by the name of the input. */
export class BatchManifest {
  readonly #path: string;
  readonly #files: Map<string, ManifestEntry>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, files: Map<string, ManifestEntry>) {
    this.#path = path;
    this.#files = files;
  }

  /** @throws DATA_UNREADABLE when there is a file of that name that is no manifest */
  static async open(folder: string): Promise<BatchManifest> {
    const path = join(folder, MANIFEST_NAME);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return new BatchManifest(path, new Map());
    }
    try {
      return new BatchManifest(path, new Map(Object.entries(manifestSchema.parse(JSON.parse(text)).files)));
    } catch (error) {
      throw new MlopsError(
        'DATA_UNREADABLE',
        `${path} is not a manifest of predictions; remove it to score every file again, or name another output folder`,
        { cause: error },
      );
    }
  }

  get(input: string): ManifestEntry | undefined {
    return this.#files.get(input);
  }

  entries(): IterableIterator<[string, ManifestEntry]> {
    return this.#files.entries();
  }

  set(input: string, entry: ManifestEntry): void {
    this.#files.set(input, entry);
  }

  /** Writes what is known, one writing after the other. */
  write(): Promise<void> {
    const writing = this.#writing.then(() => this.#replace());
    // Whoever asks next is not told of this one's failure.
    this.#writing = writing.catch(() => {});
    return writing;
  }

  /** Sorted by input, and without times: the same work gives the same bytes. */
  async #replace(): Promise<void> {
    const files = Object.fromEntries([...this.#files].sort(([a], [b]) => (a < b ? -1 : 1)));
    const temporary = `${this.#path}.${process.pid}.tmp`;
    try {
      await writeFile(temporary, `${JSON.stringify({ schema: 1, files }, undefined, 2)}\n`);
      await rename(temporary, this.#path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}

export function sha256Of(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
