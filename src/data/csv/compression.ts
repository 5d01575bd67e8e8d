import { Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { ByteSource } from '../sources/byte-source.ts';

export type Compression = 'gzip' | 'Zstandard';

/** Bytes that are read at a time. */
const PIECE = 2 ** 20;
/** Bytes of text that come out at a time. */
const CHUNK = 256 * 1024;

/** By the first four bytes, which no text begins with. */
export function compressionOf(head: Uint8Array): Compression | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  // A frame, or one to be skipped, which parallel compressors begin with.
  const frame = head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
  const skippable = (head[0]! & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18;
  return frame || skippable ? 'Zstandard' : undefined;
}

/** The bytes from `start` on; the next piece is read while one is worked on. */
export async function* piecesOf(source: ByteSource, start = 0): AsyncGenerator<Uint8Array> {
  const { bytes } = source;
  const read = (at: number): Promise<ArrayBuffer> | undefined =>
    at < bytes ? source.read(at, Math.min(bytes, at + PIECE)) : undefined;
  let next = read(start);
  // Whoever stops early has a reason of his own, and need not hear of a piece that he did not ask for.
  next?.catch(() => undefined);
  for (let at = start; next; at += PIECE) {
    const piece = await next;
    next = read(at + PIECE);
    next?.catch(() => undefined);
    yield new Uint8Array(piece);
  }
}

/**
 * The text of a compressed source. A file may hold several members or frames one behind the other.
 *
 * @param onBytes told how many compressed bytes have been taken
 * @throws DATA_UNREADABLE when it ends too early or is damaged
 */
export async function* decompressed(
  source: ByteSource,
  compression: Compression,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const { name, bytes } = source;
  let taken = 0;
  try {
    while (taken < bytes) {
      const stream: Transform & { bytesWritten: number } =
        compression === 'gzip' ? createGunzip({ chunkSize: CHUNK }) : createZstdDecompress({ chunkSize: CHUNK });
      const input = Readable.from(piecesOf(source, taken));
      input.on('error', (error) => stream.destroy(error));
      input.pipe(stream);
      for await (const chunk of stream) {
        onBytes(Math.min(bytes, taken + stream.bytesWritten));
        yield chunk as Buffer;
      }
      input.destroy();
      // Node's stream for Zstandard ends with the first frame.
      if (stream.bytesWritten === 0) break;
      taken += compression === 'gzip' ? bytes : stream.bytesWritten;
    }
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') {
      throw new MlopsError(
        'DATA_UNREADABLE',
        `${name} ends in the middle of its ${compression} data, after ${bytes} bytes; fetch or write the file again`,
        { cause: error },
      );
    }
    if (!code.startsWith('Z_') && !code.startsWith('ZSTD_')) throw error;
    throw new MlopsError(
      'DATA_UNREADABLE',
      `${name} is damaged ${compression} data (${message}); fetch or write the file again`,
      { cause: error },
    );
  }
}

/** Bytes in memory as a source. */
export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    bytes: bytes.length,
    read: async (start, end) => Uint8Array.from(bytes.subarray(start, end)).buffer,
    close: async () => {},
  };
}
