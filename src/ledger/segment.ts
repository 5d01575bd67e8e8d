import { z } from 'zod';
import { MlopsError } from '../errors/mlops-error.ts';
import { type LedgerOperation, operationSchema } from './operation.ts';

/** The form of segments and snapshots that this version writes, and the newest that it reads. */
export const FORMAT = 1;

const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** Tells two segments with the same operations apart. */
  id: z.string(),
  time: z.string(),
  actor: z.string(),
  commit: z.string().nullable(),
  run: z.string().nullable(),
});

export type SegmentHeader = z.output<typeof headerSchema>;

/** Segments are in folders of a thousand, so that git rewrites a short list for each. */
const PER_FOLDER = 1_000;

/** `operations/00000/00000042.ndjson`: the order of the names is the order of the log, which counts from 1. */
export function segmentPath(sequence: number): string {
  return `${segmentFolder(sequence)}/${padded(sequence, 8)}.ndjson`;
}

export function segmentFolder(sequence: number): string {
  return `operations/${padded(Math.floor(sequence / PER_FOLDER), 5)}`;
}

export function snapshotPath(sequence: number): string {
  return `snapshots/${padded(sequence, 8)}.ndjson`;
}

/** The state that a compacted branch begins with. */
export function basePath(sequence: number): string {
  return `base/${padded(sequence, 8)}.ndjson`;
}

/** `files/ab/abcdef…`: a file once, however many models and runs have it. */
export function filePath(digest: string): string {
  return `files/${digest.slice(0, 2)}/${digest}`;
}

/** The number in a segment's or snapshot's name; undefined for any other file. */
export function sequenceOf(path: string): number | undefined {
  const digits = /\/(\d{8})\.ndjson$/.exec(path)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** One JSON text a line: what, when and by whom first, then the operations in their order. */
export function formatSegment(header: Omit<SegmentHeader, 'format'>, operations: readonly LedgerOperation[]): string {
  return [{ format: FORMAT, ...header }, ...operations]
    .map((line) => `${JSON.stringify(line, finiteOrText)}\n`)
    .join('');
}

/** @throws LEDGER_DAMAGED with the file and line */
export function parseSegment(path: string, text: string): { header: SegmentHeader; operations: LedgerOperation[] } {
  const [first, ...rest] = jsonLines(path, text);
  return {
    header: parseLine(path, 1, headerSchema, first),
    operations: rest.map((line, i) => parseLine(path, i + 2, operationSchema, line)),
  };
}

/** @throws LEDGER_DAMAGED */
export function jsonLines(path: string, text: string): unknown[] {
  if (!text.endsWith('\n')) throw damaged(path, 0, 'its last line is cut off');
  return text
    .slice(0, -1)
    .split('\n')
    .map((line, i) => {
      try {
        return JSON.parse(line) as unknown;
      } catch (error) {
        throw damaged(path, i + 1, 'is not JSON', error);
      }
    });
}

/** @throws LEDGER_DAMAGED */
export function parseLine<T>(path: string, line: number, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const format = (value as { format?: unknown } | null | undefined)?.format;
  if (typeof format === 'number' && format > FORMAT) {
    throw damaged(path, line, `has format ${format} of a newer version; this one reads up to ${FORMAT}`);
  }
  const [issue] = parsed.error.issues;
  throw damaged(path, line, `is not what this version writes: ${issue!.path.join('.')}: ${issue!.message}`);
}

export function damaged(path: string, line: number, what: string, cause?: unknown): MlopsError {
  return new MlopsError('LEDGER_DAMAGED', `${path}${line > 0 ? `:${line}` : ''} ${what}`, { cause });
}

function finiteOrText(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
