import { posix } from 'node:path';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { isTableName } from '../sources/format.ts';
import type { ObjectPart } from '../sources/part.ts';
import type { Place, S3Access } from './access.ts';
import { placeOf } from './access.ts';
import { clientFor } from './client.ts';
import { nameOf, refusal, statusOf } from './refusals.ts';

/**
 * `s3://bucket/key.csv`; all tables below `s3://bucket/prefix/`; all objects whose key begins with `s3://bucket/prefix*`; those
 * that a glob such as `s3://bucket/prefix/*.csv` matches, where `*` is no slash and `**` any. Sorted by key; none where
 * nothing matches.
 *
 * @throws DATA_NOT_FOUND without the bucket · ACCESS_DENIED · DATA_UNREADABLE
 */
export async function listObjects(source: string, access: S3Access): Promise<ObjectPart[]> {
  const { bucket, key } = placeOf(source)!;
  const client = clientFor(access);
  const wanted = matcherOf(key);
  try {
    return wanted
      ? await listed(client, bucket, wanted, access.signal)
      : await single(client, { bucket, key }, access.signal);
  } catch (error) {
    if (nameOf(error) === 'NoSuchKey' || nameOf(error) === 'NotFound') return [];
    throw refusal(source, error, wanted ? 's3:ListBucket' : 's3:GetObject', 'DATA_UNREADABLE');
  } finally {
    client.destroy();
  }
}

async function single(client: S3Client, { bucket, key }: Place, signal: AbortSignal): Promise<ObjectPart[]> {
  const asked = { Bucket: bucket, Key: key };
  try {
    const {
      ContentLength = 0,
      ETag = '',
      VersionId,
    } = await client.send(new HeadObjectCommand(asked), { abortSignal: signal });
    return [partOf({ bucket, key }, ContentLength, ETag, VersionId)];
  } catch (error) {
    // An answer without a body does not say why; one with a body does.
    const status = statusOf(error) ?? 0;
    if (status >= 400 && status < 500)
      await client.send(new GetObjectCommand({ ...asked, Range: 'bytes=0-0' }), { abortSignal: signal });
    throw error;
  }
}

async function listed(client: S3Client, bucket: string, wanted: Matcher, signal: AbortSignal): Promise<ObjectPart[]> {
  const parts: ObjectPart[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: wanted.prefix,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
      { abortSignal: signal },
    );
    for (const { Key: key = '', Size: bytes = 0, ETag: etag = '' } of page.Contents ?? []) {
      if (!key.endsWith('/') && wanted.matches(key)) parts.push(partOf({ bucket, key }, bytes, etag));
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return parts.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function partOf({ bucket, key }: Place, bytes: number, etag: string, version?: string): ObjectPart {
  const known = version === undefined || version === 'null' ? {} : { version };
  return { kind: 's3', name: `s3://${bucket}/${key}`, bucket, key, bytes, etag, ...known };
}

interface Matcher {
  /** What the server is asked for. */
  readonly prefix: string;
  readonly matches: (key: string) => boolean;
}

/** Undefined: the path is the key of one object. */
function matcherOf(path: string): Matcher | undefined {
  if (path.endsWith('/')) return { prefix: path, matches: isTableName };
  const magic = path.search(/[*?[{]/);
  if (magic === -1) return undefined;
  const prefix = path.slice(0, magic);
  return { prefix, matches: path.slice(magic) === '*' ? () => true : (key) => posix.matchesGlob(key, path) };
}
