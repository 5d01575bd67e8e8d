import { renameSync, rmSync } from 'node:fs';
import { MlopsError } from '../errors/mlops-error.ts';
import { StoreDatabase } from '../tracking/sqlite/store-database.ts';
import type { BranchFile, LedgerBranch } from './branch.ts';
import type { Locations } from './locations.ts';
import { applyOperation, type KeptFiles, type LedgerContents } from './operation.ts';
import { damaged, parseSegment, segmentFolder, sequenceOf } from './segment.ts';
import { readSnapshot } from './snapshot.ts';

interface Snapshot {
  readonly path: string;
  readonly sequence: number;
  readonly text: string;
}

/** The files of one commit that make its state: at most one snapshot and the segments after it, read. */
export interface Log {
  readonly tip: string | undefined;
  readonly snapshot: Snapshot | undefined;
  readonly segments: readonly { readonly path: string; readonly text: string }[];
  /** The number of the last segment, 0 for an empty log. */
  readonly sequence: number;
}

/** @throws LEDGER_UNREACHABLE · LEDGER_DAMAGED when segments are missing */
export async function readLog(branch: LedgerBranch, tip: string | undefined): Promise<Log> {
  if (tip === undefined) return { tip, snapshot: undefined, segments: [], sequence: 0 };
  const there = await branch.list(tip, ['snapshots']);
  return readFrom(branch, tip, numbered(there).at(-1));
}

/** The log from its first segment, or from the state that a compacted branch begins with; and the snapshot that is kept. */
export async function readWholeLog(
  branch: LedgerBranch,
  tip: string,
): Promise<{ log: Log; kept: Snapshot | undefined }> {
  const { snapshot: kept } = await readLog(branch, tip);
  const [base] = numbered(await branch.list(tip, ['base']));
  return { log: await readFrom(branch, tip, base), kept };
}

async function readFrom(branch: LedgerBranch, tip: string, snapshot: NumberedFile | undefined): Promise<Log> {
  const start = snapshot?.sequence ?? 0;
  const folders = (await branch.list(tip, ['operations']))
    .map(({ path }) => path)
    .filter((path) => path >= segmentFolder(start + 1) && isFolder(path));
  const segments = numbered(await branch.list(tip, folders)).filter(({ sequence }) => sequence > start);
  segments.forEach(({ path, sequence }, i) => {
    if (sequence !== start + i + 1) throw damaged(path, 0, `does not follow segment ${start + i}`);
  });
  const texts = await branch.read([...(snapshot ? [snapshot] : []), ...segments].map(({ oid }) => oid));
  const snapshotText = snapshot && texts.shift();
  return {
    tip,
    snapshot: snapshot && { path: snapshot.path, sequence: start, text: snapshotText!.toString() },
    segments: segments.map(({ path }, i) => ({ path, text: texts[i]!.toString() })),
    sequence: start + segments.length,
  };
}

function isFolder(path: string): boolean {
  return /^operations\/\d{5}$/.test(path);
}

type NumberedFile = BranchFile & { readonly sequence: number };

function numbered(files: readonly BranchFile[]): NumberedFile[] {
  return files
    .flatMap((file) => {
      const sequence = sequenceOf(file.path);
      return sequence === undefined ? [] : [{ ...file, sequence }];
    })
    .sort((a, b) => a.sequence - b.sequence);
}

/**
 * Makes the database at `path` anew from the log. The one that was there stays until the new one is whole; `letGo` is called
 * just before it is replaced.
 *
 * @throws LEDGER_DAMAGED
 */
export function rebuild(log: Log, path: string, locations: Locations, letGo: () => void): LedgerContents {
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  const files: KeptFiles = new Map();
  const building = { db: open(temporary, locations), files, locations };
  try {
    building.db.write(() => fill(building, log));
  } finally {
    building.db.close();
  }
  letGo();
  renameSync(temporary, path);
  return { db: open(path, locations), files, locations };
}

function fill(contents: LedgerContents, { snapshot, segments }: Log): void {
  if (snapshot) {
    applied(snapshot.path, () => readSnapshot(contents, snapshot.path, snapshot.text));
  }
  for (const { path, text } of segments) {
    const { operations } = parseSegment(path, text);
    for (const operation of operations) applied(path, () => applyOperation(contents, operation));
  }
}

/** What cannot be applied again was not written by this toolkit, or not in this order. */
function applied(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof MlopsError && ['LEDGER_DAMAGED', 'DISK_FULL'].includes(error.code)) throw error;
    throw damaged(path, 0, `cannot be applied: ${(error as Error).message}`, error);
  }
}

function open(path: string, locations: Locations): StoreDatabase {
  // The time of the experiment "Default": the same in every rebuild.
  const db = new StoreDatabase({ path, artifactRoot: locations.root, now: () => 0 });
  // The branch is what lasts: this file needs no protection against a power cut.
  db.get('PRAGMA synchronous = OFF');
  db.get('PRAGMA journal_mode = MEMORY');
  return db;
}
