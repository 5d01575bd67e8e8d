import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, type GetObjectCommandOutput, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { MlopsError } from '../../errors/mlops-error.ts';
import { type ByteSource, changed } from '../sources/byte-source.ts';
import type { ObjectPart } from '../sources/part.ts';
import type { S3Access } from './access.ts';
import { checksumText } from './checksum.ts';
import { clientFor } from './client.ts';
import { nameOf, refusal, statusOf } from './refusals.ts';

/** A piece is asked for again so often when its connection is cut. */
const ATTEMPTS = 5;

export interface ObjectSource extends ByteSource {
  /** Known once something was read from a bucket that keeps versions. */
  readonly version: string | undefined;
}

export interface CheckedSource extends ObjectSource {
  /** Compares a checksum of the whole with the one that the store keeps. @throws DATA_UNREADABLE when they differ */
  check(crc: number): Promise<void>;
}

/** An object that is read in pieces. Each is asked for with the ETag that the object was listed with, so that all are of one state. */
export function openObject(part: ObjectPart, access: S3Access): CheckedSource {
  const client = clientFor(access);
  let version = part.version;
  let requests = 0;
  return {
    name: part.name,
    bytes: part.bytes,
    get version() {
      return version;
    },
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      const piece = await readRange(client, part, start, bytes, access.signal);
      requests += piece.requests;
      version = piece.version ?? version;
      return bytes.buffer;
    },
    async check(crc) {
      // The SDK has checked what came in one piece.
      if (requests > 1) await checkWhole(client, part, crc, access.signal);
    },
    async close() {
      client.destroy();
    },
  };
}

/** Compares with the checksum that the store keeps of the whole object; of parts that were uploaded by themselves it keeps none. */
async function checkWhole(client: S3Client, part: ObjectPart, crc: number, signal: AbortSignal): Promise<void> {
  const { bucket: Bucket, key: Key, etag: IfMatch } = part;
  const { ChecksumCRC32: kept, ChecksumType: type } = await client
    .send(new HeadObjectCommand({ Bucket, Key, IfMatch, ChecksumMode: 'ENABLED' }), { abortSignal: signal })
    .catch((error: unknown) => {
      throw refusal(part.name, error, 's3:GetObject', 'DATA_UNREADABLE');
    });
  if (kept === undefined || type === 'COMPOSITE' || kept.includes('-') || kept === checksumText(crc)) return;
  throw new MlopsError(
    'DATA_UNREADABLE',
    `${part.name}: what came in does not have the checksum ${kept} of the object; run again`,
  );
}

interface ReadRange {
  readonly version: string | undefined;
  readonly requests: number;
}

/** Fills `into` with the bytes from `start` on. Where the connection is cut, it goes on behind what came in. */
async function readRange(
  client: S3Client,
  part: ObjectPart,
  start: number,
  into: Uint8Array,
  signal: AbortSignal,
): Promise<ReadRange> {
  let filled = 0;
  let requests = 0;
  let version: string | undefined;
  for (let attempt = 1; filled < into.length; attempt++) {
    requests++;
    const answer = await ask(client, part, start + filled, start + into.length, signal);
    version = answer.VersionId === 'null' ? version : (answer.VersionId ?? version);
    const before = filled;
    let fault: unknown = new Error('the connection ended early');
    try {
      for await (const chunk of answer.Body as AsyncIterable<Uint8Array>) {
        if (filled + chunk.length > into.length) throw new RangeError('more bytes than were asked for');
        into.set(chunk, filled);
        filled += chunk.length;
      }
      if (filled === into.length) break;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RangeError) throw refusal(part.name, error, 's3:GetObject', 'DATA_UNREADABLE');
      fault = error;
      // The checksum does not fit what came in.
      if (/checksum/i.test((error as Error).message)) filled = before;
    }
    // Whatever came in is progress.
    if (filled > before) attempt = 1;
    else if (attempt >= ATTEMPTS) throw cut(part, start + filled, fault);
    await sleep(100 * 2 ** attempt * (0.5 + Math.random() / 2), undefined, { signal });
  }
  return { version, requests };
}

async function ask(
  client: S3Client,
  part: ObjectPart,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<GetObjectCommandOutput> {
  const whole = start === 0 && end === part.bytes;
  try {
    const answer = await client.send(
      new GetObjectCommand({
        Bucket: part.bucket,
        Key: part.key,
        IfMatch: part.etag,
        // Of an object that is asked for as a whole the SDK checks the checksum.
        ...(whole ? {} : { Range: `bytes=${start}-${end - 1}` }),
      }),
      { abortSignal: signal },
    );
    if (answer.ETag !== part.etag || (whole && answer.ContentLength !== part.bytes)) throw changed(part.name);
    if (!whole && answer.ContentRange === undefined) {
      throw new MlopsError(
        'DATA_UNREADABLE',
        `${part.name}: the store does not give parts of an object (no Content-Range); use one that does`,
      );
    }
    return answer;
  } catch (error) {
    // Shorter than it was.
    if (statusOf(error) === 416 || nameOf(error) === 'InvalidRange') throw changed(part.name, error);
    throw refusal(part.name, error, 's3:GetObject', 'DATA_UNREADABLE');
  }
}

function cut(part: ObjectPart, at: number, cause: unknown): MlopsError {
  return new MlopsError(
    'DATA_UNREADABLE',
    `${part.name}: the connection was cut at byte ${at} of ${part.bytes} (${(cause as Error).message}), also when asked ${ATTEMPTS} times; run again`,
    { cause },
  );
}
