import type { LedgerBranch } from './branch.ts';
import { describeOperations } from './operation.ts';
import { parseSegment, sequenceOf } from './segment.ts';

/** One push to the ledger: who, when, where from, and what, a line each. */
export interface LedgerEntry {
  readonly sequence: number;
  /** ISO 8601. */
  readonly time: string;
  readonly actor: string;
  readonly commit: string | null;
  readonly run: string | null;
  readonly operations: number;
  readonly what: readonly string[];
}

/** The newest entries, newest first. @throws LEDGER_DAMAGED · LEDGER_UNREACHABLE */
export async function ledgerEntries(branch: LedgerBranch, most: number): Promise<LedgerEntry[]> {
  const tip = await branch.fetchTip();
  if (tip === undefined) return [];
  const folders = (await branch.list(tip, ['operations'])).map(({ path }) => path).reverse();
  const files = [];
  for (const folder of folders) {
    files.push(...(await branch.list(tip, [folder])).reverse());
    if (files.length >= most) break;
  }
  const newest = files.slice(0, most);
  const texts = await branch.read(newest.map(({ oid }) => oid));
  return newest.map(({ path }, i) => {
    const { header, operations } = parseSegment(path, texts[i]!.toString());
    const { time, actor, commit, run } = header;
    const what = describeOperations(operations);
    return { sequence: sequenceOf(path)!, time, actor, commit, run, operations: operations.length, what };
  });
}
