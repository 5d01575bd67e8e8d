import { createHash } from 'node:crypto';
import type { Table } from './table.ts';

/** SHA-256 of names, kinds and cells of a table: the same for the same content, whatever files it came from. */
export function tableDigest(table: Table): string {
  const hash = createHash('sha256');
  hash.update(`rows ${table.nRows}\n`);
  for (const column of table.columns) {
    hash.update(`${column.kind} ${JSON.stringify(column.name)}\n`);
    if (column.kind === 'categorical') {
      hash.update(JSON.stringify(column.categories));
      hash.update(bytesOf(column.codes));
    } else hash.update(bytesOf(canonical(column.values)));
  }
  return hash.digest('hex');
}

/** Every NaN with the same bits. */
function canonical(values: Float64Array): Float64Array {
  const out = new Float64Array(values);
  for (let i = 0; i < out.length; i++) if (Number.isNaN(out[i])) out[i] = Number.NaN;
  return out;
}

function bytesOf(array: Float64Array | Int32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
