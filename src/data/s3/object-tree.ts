import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import {
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { Place, S3Access } from './access.ts';
import { clientFor } from './client.ts';
import { ObjectUpload } from './object-upload.ts';
import { nameOf, refusal, statusOf } from './refusals.ts';
import { streamObject } from './stream-object.ts';

const PIECE_BYTES = 8 * 2 ** 20;
const READ_BYTES = 2 ** 20;

export interface TreeFile {
  /** Below the prefix, with `/` between its parts. */
  readonly path: string;
  readonly size: number;
}

/**
 * Files below a prefix of a bucket, each there whole or not at all.
 *
 * @throws ACCESS_DENIED · OUTPUT_UNWRITABLE · DATA_UNREADABLE, also without the bucket · DATA_CHANGED
 */
export interface ObjectTree {
  /** All files below a folder, `''` for the prefix itself. */
  below(path: string): Promise<TreeFile[]>;
  /** The file of that very path. */
  find(path: string): Promise<TreeFile | undefined>;
  /** Sends a file of this machine, unless the same bytes stand there. */
  put(path: string, localPath: string): Promise<void>;
  /** Writes a new file of this machine; what came in has the digest that the file was sent with. */
  get(path: string, localPath: string): Promise<void>;
  close(): void;
}

/** @throws INPUT_INVALID when what the environment says of credentials is incomplete */
export function openTree(place: Place, access: S3Access): ObjectTree {
  const client = clientFor(access);
  const { bucket: Bucket } = place;
  const folder = place.key.replace(/\/+$/, '');
  const prefix = folder === '' ? '' : `${folder}/`;
  const where = (path: string) => ({ Bucket, Key: `${prefix}${path}` });
  const uriOf = (path: string): string => `s3://${Bucket}/${prefix}${path}`;
  return {
    below: (path) => below(client, Bucket, prefix, path === '' ? prefix : `${prefix}${path}/`, access),
    find: async (path) => {
      const head = await reading(uriOf(path), () => headOf(client, where(path), access));
      return head && { path, size: head.ContentLength ?? 0 };
    },
    async put(path, localPath) {
      const sha256 = await digestOf(localPath);
      const { size } = await stat(localPath);
      // Keys that may write, but not read, send it again.
      const there = await headOf(client, where(path), access).catch((error: unknown) => {
        if (statusOf(error) !== undefined) return undefined;
        throw refusal(uriOf(path), error, 's3:PutObject', 'OUTPUT_UNWRITABLE');
      });
      if (there?.ContentLength === size && there.Metadata?.sha256 === sha256) return;
      const upload = new ObjectUpload(client, uriOf(path), where(path), access.signal, undefined, sha256);
      try {
        for await (const chunk of createReadStream(localPath, { highWaterMark: READ_BYTES })) await upload.write(chunk);
      } catch (error) {
        await upload.discard();
        throw error;
      }
      await upload.publish();
    },
    async get(path, localPath) {
      const name = uriOf(path);
      const head = await reading(name, () => headOf(client, where(path), access));
      if (!head) throw new MlopsError('DATA_CHANGED', `${name} was removed while it was read; run again`);
      await download(name, { bucket: Bucket, key: `${prefix}${path}` }, head, access, localPath);
    },
    close: () => client.destroy(),
  };
}

async function below(
  client: S3Client,
  Bucket: string,
  root: string,
  Prefix: string,
  { signal }: S3Access,
): Promise<TreeFile[]> {
  const files: TreeFile[] = [];
  let ContinuationToken: string | undefined;
  do {
    const asked = { Bucket, Prefix, ...(ContinuationToken === undefined ? {} : { ContinuationToken }) };
    const page = await reading(
      `s3://${Bucket}/${Prefix}`,
      () => client.send(new ListObjectsV2Command(asked), { abortSignal: signal }),
      's3:ListBucket',
    );
    for (const { Key = '', Size = 0 } of page.Contents ?? []) {
      // What ends with a slash stands for a folder.
      if (!Key.endsWith('/')) files.push({ path: Key.slice(root.length), size: Size });
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return files;
}

async function headOf(
  client: S3Client,
  where: { Bucket: string; Key: string },
  { signal }: S3Access,
): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await client.send(new HeadObjectCommand(where), { abortSignal: signal });
  } catch (error) {
    if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return undefined;
    throw error;
  }
}

async function reading<T>(
  name: string,
  ask: () => Promise<T>,
  permission: 's3:GetObject' | 's3:ListBucket' = 's3:GetObject',
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw refusal(name, error, permission, 'DATA_UNREADABLE');
  }
}

/** In pieces beside one another; a piece whose connection is cut goes on behind what came in. */
async function download(
  name: string,
  { bucket, key }: Place,
  { ContentLength: bytes = 0, ETag: etag = '', VersionId, Metadata }: HeadObjectCommandOutput,
  access: S3Access,
  localPath: string,
): Promise<void> {
  const version = VersionId === undefined || VersionId === 'null' ? {} : { version: VersionId };
  const source = streamObject({ kind: 's3', name, bucket, key, bytes, etag, ...version }, access);
  const hash = createHash('sha256');
  const file = await open(localPath, 'wx');
  try {
    for (let at = 0; at < bytes; at += PIECE_BYTES) {
      const piece = new Uint8Array(await source.read(at, Math.min(bytes, at + PIECE_BYTES)));
      hash.update(piece);
      await file.writeFile(piece);
    }
  } finally {
    await file.close();
    // Compares the checksum of what was read whole.
    await source.close();
  }
  const sha256 = hash.digest('hex');
  const kept = Metadata?.sha256;
  if (kept === undefined || kept === sha256) return;
  throw new MlopsError(
    'DATA_UNREADABLE',
    `${name}: what came in has the SHA-256 ${sha256}, but ${kept} was sent there; upload it again`,
  );
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: READ_BYTES }), hash);
  return hash.digest('hex');
}
