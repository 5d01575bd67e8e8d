import { createHash } from 'node:crypto';
import type { Table } from './table.ts';

/** Numbers that are brought to one form at a time. */
const CHUNK = 8192;

/** SHA-256 of names, kinds and cells of a table: the same for the same content, whatever files it came from. */
export function tableDigest(table: Table): string {
  const hash = createHash('sha256');
  hash.update(`rows ${table.nRows}\n`);
  const chunk = new Float64Array(CHUNK);
  for (const column of table.columns) {
    hash.update(`${column.kind} ${JSON.stringify(column.name)}\n`);
    if (column.kind === 'categorical') {
      hash.update(JSON.stringify(column.categories));
      hash.update(bytesOf(column.codes));
      continue;
    }
    const { values } = column;
    for (let from = 0; from < values.length; from += CHUNK) {
      const size = Math.min(CHUNK, values.length - from);
      for (let i = 0; i < size; i++) chunk[i] = canonical(values[from + i]!);
      hash.update(bytesOf(chunk.subarray(0, size)));
    }
  }
  return hash.digest('hex');
}

/** NaN has many bit patterns and zero two; equal cells must give equal bytes. */
function canonical(value: number): number {
  return Number.isNaN(value) ? Number.NaN : value + 0;
}

function bytesOf(array: Float64Array | Int32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
