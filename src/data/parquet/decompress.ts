import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Compressors } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

type Decompress = (bytes: Uint8Array, size: number) => Uint8Array;

/** Node's own where it has one, which is several times as fast; a page may not grow beyond the size that it states. */
const own: Readonly<Record<string, Decompress>> = {
  GZIP: (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength }),
  BROTLI: (bytes, maxOutputLength) => brotliDecompressSync(bytes, { maxOutputLength }),
  ZSTD: (bytes, maxOutputLength) => zstdDecompressSync(bytes, { maxOutputLength }),
};

/** By codec. A page of missing cells alone has no bytes, which not every decompressor takes. */
export const decompressors: Compressors = Object.fromEntries(
  Object.entries({ ...compressors, ...own }).map(([codec, decompress]) => [
    codec,
    (bytes: Uint8Array, size: number) => (size === 0 ? new Uint8Array() : decompress(bytes, size)),
  ]),
);
