import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MlopsError } from '../errors/mlops-error.ts';
import type { LogStore, StoredRecord } from './log-record.ts';

const SUFFIX = '.ndjson';
/** First line of a segment. */
const HEADER = '{"mlops_prediction_log":1}';
const SEGMENT_BYTES = 64 * 1024 * 1024;

const line = z.strictObject({
  id: z.string(),
  time: z.number(),
  latencyMs: z.number(),
  rows: z.int().min(0),
  inputs: z.string(),
  outputs: z.string(),
  model: z.string(),
  version: z.int(),
  digest: z.string(),
});

/**
 * A log in a folder of segments, one record a line. Each process writes segments of its own, so that nobody waits; a line
 * that a process was ended in the middle of is left out when it is read.
 *
 * @throws LOG_DAMAGED when the path is a file
 */
export function openNdjsonLog(folder: string, now: () => number): LogStore {
  refuseFile(folder);
  let handle: FileHandle | undefined;
  let bytes = 0;
  let known: Set<string> | undefined;

  const closeSegment = async (): Promise<void> => {
    const open = handle;
    handle = undefined;
    await open?.close();
  };
  return {
    async write(records) {
      if (records.length === 0) return;
      if (!handle || bytes >= SEGMENT_BYTES) {
        await closeSegment();
        await mkdir(folder, { recursive: true });
        handle = await open(join(folder, segmentName(now())), 'ax');
        bytes = 0;
      }
      const text = `${bytes === 0 ? `${HEADER}\n` : ''}${records.map((r) => `${JSON.stringify(lineOf(r))}\n`).join('')}`;
      try {
        await handle.appendFile(text);
        bytes += text.length;
      } catch (error) {
        // What follows half a line would be damaged: the next record begins a segment.
        await closeSegment();
        throw error;
      }
      for (const { id } of records) known?.add(id);
    },
    async has(id) {
      known ??= new Set((await readSegments(folder)).map((record) => record.id));
      return known.has(id);
    },
    async read({ model, digest, from }) {
      const byId = new Map<string, StoredRecord>();
      for (const record of await readSegments(folder)) {
        const first = byId.get(record.id);
        byId.set(record.id, first ? { ...record, time: first.time } : record);
      }
      return [...byId.values()].filter((r) => r.model === model && r.digest === digest && r.time >= from);
    },
    close: closeSegment,
  };
}

/** Sorted as they were begun. */
function segmentName(time: number): string {
  const begun = new Date(time).toISOString().replace(/[-:.]/g, '');
  return `${begun}-${process.pid}-${randomBytes(4).toString('hex')}${SUFFIX}`;
}

/** Fields in one order, whatever object it is. */
function lineOf({ id, time, latencyMs, rows, inputs, outputs, model, version, digest }: StoredRecord): StoredRecord {
  return { id, time, model, version, digest, latencyMs, rows, inputs, outputs };
}

function refuseFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new MlopsError(
      'LOG_DAMAGED',
      `${path} is a file; a prediction log is a folder, or an SQLite file named *.db`,
    );
  }
}

async function readSegments(folder: string): Promise<StoredRecord[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const records: StoredRecord[] = [];
  for (const name of names.filter((n) => n.endsWith(SUFFIX)).sort()) {
    const path = join(folder, name);
    const lines = (await readFile(path, 'utf8')).split('\n');
    // Behind the last line feed: nothing, or what was being written when the process ended.
    lines.pop();
    if (lines.length > 0 && lines[0] !== HEADER) {
      throw new MlopsError('LOG_DAMAGED', `${path}:1: expected ${HEADER}; it is no segment of a prediction log`);
    }
    for (let i = 1; i < lines.length; i++) records.push(parseLine(lines[i]!, `${path}:${i + 1}`));
  }
  return records;
}

function parseLine(text: string, where: string): StoredRecord {
  try {
    return line.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new MlopsError('LOG_DAMAGED', `${where}: not a record of a prediction log: ${why}`, { cause: error });
  }
}
