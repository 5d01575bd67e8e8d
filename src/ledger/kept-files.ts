import { createHash } from 'node:crypto';
import type { LedgerBranch } from './branch.ts';
import type { KeptFile } from './operation.ts';
import { filePath } from './segment.ts';

/** Bytes that are asked for, and held in memory, at once. */
const AT_ONCE = 64 * 1024 * 1024;

export type FoundFile<F extends KeptFile> = F & {
  /** Undefined: the branch does not have it. */
  readonly bytes: Buffer | undefined;
  /** Of the bytes that are there. */
  readonly actual: string | undefined;
};

/** Kept files with their bytes, some at a time, in their order; whether they are what was kept is for the caller to say. */
export async function* readKeptFiles<F extends KeptFile>(
  branch: LedgerBranch,
  tip: string,
  files: readonly F[],
): AsyncGenerator<FoundFile<F>> {
  const there = await branch.find(tip, [...new Set(files.map(({ digest }) => filePath(digest)))]);
  const oids = new Map(there.map(({ path, oid }) => [path, oid]));
  for (let from = 0; from < files.length; ) {
    let to = from;
    for (let size = 0; to < files.length && (to === from || size + files[to]!.size <= AT_ONCE); to++) {
      size += files[to]!.size;
    }
    const part = files.slice(from, to);
    const ids = part.map(({ digest }) => oids.get(filePath(digest)));
    const contents = await branch.read(ids.filter((oid) => oid !== undefined));
    for (const [i, file] of part.entries()) {
      const bytes = ids[i] === undefined ? undefined : contents.shift()!;
      yield { ...file, bytes, actual: bytes && createHash('sha256').update(bytes).digest('hex') };
    }
    from = to;
  }
}
