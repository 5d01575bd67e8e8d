import { posix } from 'node:path';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { ObjectPart } from './part.ts';
import type { SourceOptions } from './source-options.ts';

/** Region, endpoint and keys come from AWS's own environment variables. */
function clientFor({ credential }: SourceOptions): S3Client {
  const accessKeyId = credential('AWS_ACCESS_KEY_ID');
  const secretAccessKey = credential('AWS_SECRET_ACCESS_KEY');
  const sessionToken = credential('AWS_SESSION_TOKEN');
  const endpoint = credential('AWS_ENDPOINT_URL_S3') ?? credential('AWS_ENDPOINT_URL');
  return new S3Client({
    region: credential('AWS_REGION') ?? credential('AWS_DEFAULT_REGION') ?? 'us-east-1',
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } }),
  });
}

/**
 * `s3://bucket/key.csv`; all CSV objects below `s3://bucket/prefix/`; all objects whose key begins with `s3://bucket/prefix*`;
 * those that a glob such as `s3://bucket/prefix/*.csv` matches, where `*` is no slash and `**` any. Sorted by key; none where
 * nothing matches.
 *
 * @throws DATA_NOT_FOUND without the bucket · DATA_UNREADABLE when the server refuses
 */
export async function listObjects(source: string, options: SourceOptions): Promise<ObjectPart[]> {
  const [, bucket, path] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(source)! as unknown as [string, string, string];
  const client = clientFor(options);
  const part = (key: string, bytes: number): ObjectPart => ({
    kind: 's3',
    name: `s3://${bucket}/${key}`,
    bucket,
    key,
    bytes,
  });
  try {
    const wanted = matcherOf(path);
    if (!wanted) {
      const command = new HeadObjectCommand({ Bucket: bucket, Key: path });
      const { ContentLength = 0 } = await client.send(command, { abortSignal: options.signal });
      return [part(path, ContentLength)];
    }
    const parts: ObjectPart[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: wanted.prefix,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
        { abortSignal: options.signal },
      );
      for (const { Key: key = '', Size: bytes = 0 } of page.Contents ?? []) {
        if (!key.endsWith('/') && wanted.matches(key)) parts.push(part(key, bytes));
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return parts.sort((a, b) => (a.key < b.key ? -1 : 1));
  } catch (error) {
    if (nameOf(error) === 'NotFound') return [];
    throw readable(source, error);
  } finally {
    client.destroy();
  }
}

interface Matcher {
  /** What the server is asked for. */
  readonly prefix: string;
  readonly matches: (key: string) => boolean;
}

/** Undefined: the path is the key of one object. */
function matcherOf(path: string): Matcher | undefined {
  if (path.endsWith('/')) return { prefix: path, matches: (key) => key.endsWith('.csv') };
  const magic = path.search(/[*?[{]/);
  if (magic === -1) return undefined;
  const prefix = path.slice(0, magic);
  return { prefix, matches: path.slice(magic) === '*' ? () => true : (key) => posix.matchesGlob(key, path) };
}

/** @throws DATA_NOT_FOUND · DATA_UNREADABLE when the server refuses */
export async function readObject(part: ObjectPart, options: SourceOptions): Promise<Buffer> {
  const client = clientFor(options);
  try {
    const answer = await client.send(new GetObjectCommand({ Bucket: part.bucket, Key: part.key }), {
      abortSignal: options.signal,
    });
    const bytes = await answer.Body!.transformToByteArray();
    return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    throw readable(part.name, error);
  } finally {
    client.destroy();
  }
}

function nameOf(error: unknown): string {
  return (error as Error).name;
}

/** HEAD answers have no body, so that the server cannot say more than 403 there. */
function readable(name: string, error: unknown): unknown {
  const code = nameOf(error);
  if (error instanceof MlopsError || code === 'AbortError') return error;
  const { message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  if (code === 'NoSuchBucket' || code === 'NoSuchKey') {
    return new MlopsError('DATA_NOT_FOUND', `"data" is "${name}": ${message}`, { cause: error });
  }
  const told = ['Error', 'Unknown', '403'].includes(code) ? '403' : `403, ${code}`;
  const said =
    $metadata?.httpStatusCode === 403
      ? `the server refuses access (${told}); check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what the key may read`
      : `${code}: ${message || firstMessage(error)}`;
  return new MlopsError('DATA_UNREADABLE', `${name}: ${said}`, { cause: error });
}

/** A connection that several addresses refused is an error without words of its own. */
function firstMessage(error: unknown): string {
  const { errors } = error as { errors?: readonly Error[] };
  return errors?.[0]?.message ?? 'no answer';
}
