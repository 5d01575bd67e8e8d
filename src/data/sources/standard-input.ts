import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { FilePart } from './part.ts';

/** What `-` means as a source. */
export const STANDARD_INPUT = '-';

/**
 * What comes in by standard input, in a file: a table is gone through once more when a kind was guessed wrong.
 *
 * @throws INPUT_INVALID when nothing is piped into it
 */
export async function keepStandardInput(
  signal: AbortSignal,
): Promise<{ readonly part: FilePart; readonly remove: () => Promise<void> }> {
  if (process.stdin.isTTY) {
    throw new MlopsError('INPUT_INVALID', '"data" is "-", but standard input is a terminal; pipe a table into it');
  }
  const folder = await mkdtemp(join(tmpdir(), 'mlops-input-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, 'table');
    await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }), { signal });
    const { size } = await stat(path);
    return { part: { kind: 'file', name: 'standard input', path, bytes: size }, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
