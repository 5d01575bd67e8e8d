import { open } from 'node:fs/promises';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { FilePart } from './part.ts';

/** A file or object that is read in pieces, all of them of the same state of it. */
export interface ByteSource {
  /** For messages: the path or URI. */
  readonly name: string;
  readonly bytes: number;
  /** Bytes `start` … `end` - 1. @throws DATA_CHANGED when it is not what it was when it was opened */
  read(start: number, end: number): Promise<ArrayBuffer>;
  /** To be called when all is read. @throws DATA_CHANGED when it was written to in the meantime */
  close(): Promise<void>;
}

/** A file of this machine. @throws DATA_CHANGED when it has another size than it was listed with */
export async function openFile(part: FilePart): Promise<ByteSource> {
  const handle = await open(part.path);
  const before = await handle.stat();
  if (before.size !== part.bytes) {
    await handle.close();
    throw changed(part.name);
  }
  return {
    name: part.name,
    bytes: before.size,
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
        if (bytesRead === 0) throw changed(part.name);
        at += bytesRead;
      }
      return bytes.buffer;
    },
    async close() {
      const after = await handle.stat();
      await handle.close();
      if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw changed(part.name);
    },
  };
}

export function changed(name: string, cause?: unknown): MlopsError {
  return new MlopsError(
    'DATA_CHANGED',
    `${name} changed while it was read; run again when nothing writes to it`,
    cause === undefined ? {} : { cause },
  );
}
