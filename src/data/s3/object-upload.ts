import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { MlopsError } from '../../errors/mlops-error.ts';
import { conflict } from '../sinks/folder-sink.ts';
import type { Published, SinkFile, WriteCondition } from '../sinks/sink.ts';
import { changed } from '../sources/byte-source.ts';
import { checksumText } from './checksum.ts';
import { refusal, statusOf } from './refusals.ts';

/** All parts but the last are of one size, as some stores want it. */
const PART_BYTES = 8 * 2 ** 20;
const MOST_PARTS = 10_000;
/** Parts that are under way while the next one is filled. */
const AT_ONCE = 3;

type Where = { readonly Bucket: string; readonly Key: string };

/**
 * An object that is written piece by piece: in one request when it is small, in parts beside one another when not. Each request carries
 * a checksum that the store compares, and the whole object one more.
 */
export class ObjectUpload implements SinkFile {
  readonly #client: S3Client;
  readonly #uri: string;
  readonly #where: Where;
  readonly #signal: AbortSignal;
  readonly #condition: WriteCondition | undefined;
  readonly #expected: string | undefined;
  readonly #hash = createHash('sha256');
  readonly #parts: Promise<CompletedPart>[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  #uploadId: string | undefined;
  #buffer = Buffer.alloc(0);
  #filled = 0;
  #bytes = 0;
  #crc = 0;

  /** `expected`: the SHA-256 of what will be written, where it is known before. */
  constructor(
    client: S3Client,
    uri: string,
    where: Where,
    signal: AbortSignal,
    condition?: WriteCondition,
    expected?: string,
  ) {
    this.#client = client;
    this.#uri = uri;
    this.#where = where;
    this.#signal = signal;
    this.#condition = condition;
    this.#expected = expected;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#crc = crc32(bytes, this.#crc);
    this.#bytes += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const room = PART_BYTES - this.#filled;
      const piece = bytes.subarray(at, at + room);
      this.#need(this.#filled + piece.length);
      this.#buffer.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === PART_BYTES) await this.#sendPart();
    }
  }

  async publish(): Promise<Published> {
    try {
      const sha256 = this.#hash.digest('hex');
      if (this.#expected !== undefined && this.#expected !== sha256) throw changed(`what goes to ${this.#uri}`);
      const done = this.#uploadId === undefined ? await this.#put(sha256) : await this.#complete();
      const version = done.VersionId === 'null' ? undefined : done.VersionId;
      return {
        ...{ uri: this.#uri, bytes: this.#bytes, sha256, state: done.ETag ?? '' },
        ...(version === undefined ? {} : { version }),
      };
    } catch (error) {
      await this.discard();
      throw this.#told(error);
    }
  }

  async discard(): Promise<void> {
    const UploadId = this.#uploadId;
    this.#uploadId = undefined;
    await Promise.allSettled(this.#underWay);
    if (UploadId === undefined) return;
    // Also when the run is being stopped; a better error is on its way, and stores remove what was left by their own rules.
    await this.#client.send(new AbortMultipartUploadCommand({ ...this.#where, UploadId })).catch(() => undefined);
  }

  async #put(sha256: string): Promise<{ ETag?: string | undefined; VersionId?: string | undefined }> {
    const Body = this.#buffer.subarray(0, this.#filled);
    const command = new PutObjectCommand({
      ...this.#where,
      ...this.#conditions(),
      ContentType: contentTypeOf(this.#uri),
      Body,
      ContentLength: Body.length,
      ChecksumCRC32: checksumText(this.#crc),
      Metadata: { sha256 },
    });
    try {
      return await this.#client.send(command, { abortSignal: this.#signal });
    } catch (error) {
      // The answer to an earlier attempt was lost: what stands there may be ours.
      const { attempts = 1 } = (error as { $metadata?: { attempts?: number } }).$metadata ?? {};
      if (statusOf(error) !== 412 || attempts === 1) throw error;
      const there = await this.#client.send(new HeadObjectCommand(this.#where), { abortSignal: this.#signal });
      if (there.Metadata?.sha256 !== sha256) throw error;
      return there;
    }
  }

  /** Sends the buffer as the next part. */
  async #sendPart(): Promise<void> {
    try {
      this.#uploadId ??= await this.#begin();
      while (this.#underWay.size >= AT_ONCE) await Promise.race(this.#underWay);
      if (this.#parts.length === MOST_PARTS) {
        throw new MlopsError(
          'OUTPUT_UNWRITABLE',
          `${this.#uri} would have more than ${(MOST_PARTS * PART_BYTES) / 2 ** 30} GiB; split the input`,
        );
      }
      const PartNumber = this.#parts.length + 1;
      const Body = this.#buffer.subarray(0, this.#filled);
      const ChecksumCRC32 = checksumText(crc32(Body));
      const command = new UploadPartCommand({
        ...this.#where,
        ...{ UploadId: this.#uploadId, PartNumber, Body, ContentLength: Body.length },
        ChecksumCRC32,
      });
      const sending = this.#client
        .send(command, { abortSignal: this.#signal })
        .then(({ ETag }): CompletedPart => ({ PartNumber, ETag, ChecksumCRC32 }));
      this.#parts.push(sending);
      const tracked: Promise<unknown> = sending.finally(() => this.#underWay.delete(tracked));
      // Told when its turn comes.
      tracked.catch(() => undefined);
      this.#underWay.add(tracked);
    } catch (error) {
      throw this.#told(error);
    }
    this.#buffer = Buffer.alloc(0);
    this.#filled = 0;
  }

  async #begin(): Promise<string> {
    const begun = await this.#client.send(
      new CreateMultipartUploadCommand({
        ...this.#where,
        ContentType: contentTypeOf(this.#uri),
        ...(this.#expected === undefined ? {} : { Metadata: { sha256: this.#expected } }),
        ...{ ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' },
      }),
      { abortSignal: this.#signal },
    );
    return begun.UploadId!;
  }

  async #complete() {
    if (this.#filled > 0) await this.#sendPart();
    const Parts = await Promise.all(this.#parts);
    const command = new CompleteMultipartUploadCommand({
      ...this.#where,
      ...this.#conditions(),
      ...{ UploadId: this.#uploadId!, MultipartUpload: { Parts } },
      ...{ ChecksumCRC32: checksumText(this.#crc), ChecksumType: 'FULL_OBJECT', MpuObjectSize: this.#bytes },
    });
    const done = await this.#client.send(command, { abortSignal: this.#signal });
    this.#uploadId = undefined;
    return done;
  }

  #conditions(): { IfNoneMatch?: string; IfMatch?: string } {
    if (!this.#condition) return {};
    return 'absent' in this.#condition ? { IfNoneMatch: '*' } : { IfMatch: this.#condition.state };
  }

  #told(error: unknown): unknown {
    const status = statusOf(error);
    // 409: another one with a condition was under way. 404: what should have been replaced is gone.
    const lost = status === 412 || status === 409 || (status === 404 && this.#condition && 'state' in this.#condition);
    if (this.#condition && lost) {
      if ('state' in this.#condition) return conflict(this.#uri, error);
      return new MlopsError('FILE_EXISTS', `${this.#uri} is there already; remove it, or name another output`, {
        cause: error,
      });
    }
    return refusal(this.#uri, error, 's3:PutObject', 'OUTPUT_UNWRITABLE');
  }

  #need(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.min(PART_BYTES, Math.max(bytes, 2 * this.#buffer.length, 65_536)));
    larger.set(this.#buffer.subarray(0, this.#filled));
    this.#buffer = larger;
  }
}

/** So that a browser shows a report instead of saving it. */
function contentTypeOf(uri: string): string {
  const types: Readonly<Record<string, string>> = {
    '.html': 'text/html; charset=utf-8',
    '.csv': 'text/csv; charset=utf-8',
    '.json': 'application/json',
  };
  return types[extname(uri)] ?? 'application/octet-stream';
}
