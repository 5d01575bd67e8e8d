import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
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

/** `s3://bucket/key.csv`, or all objects below `s3://bucket/prefix/` or `s3://bucket/prefix*`. */
export async function listObjects(source: string, options: SourceOptions): Promise<ObjectPart[]> {
  const [, bucket, path] = /^s3:\/\/([^/]+)\/(.*)$/.exec(source) ?? [];
  if (bucket === undefined || path === undefined) {
    throw new MlopsError('INPUT_INVALID', `"data" is "${source}", expected s3://bucket/key or s3://bucket/prefix/`);
  }
  const many = path === '' || /[/*]$/.test(path);
  const prefix = path.replace(/\*$/, '');
  const client = clientFor(options);
  try {
    const parts: ObjectPart[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(token ? { ContinuationToken: token } : {}) }),
        { abortSignal: options.signal },
      );
      for (const { Key: key, Size: bytes = 0 } of page.Contents ?? []) {
        if (key === undefined || key.endsWith('/') || (!many && key !== path)) continue;
        parts.push({ kind: 's3', name: `s3://${bucket}/${key}`, bucket, key, bytes });
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return parts.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw readable(source, error);
  } finally {
    client.destroy();
  }
}

export async function readObject(part: ObjectPart, options: SourceOptions): Promise<Buffer> {
  const client = clientFor(options);
  try {
    const answer = await client.send(new GetObjectCommand({ Bucket: part.bucket, Key: part.key }), {
      abortSignal: options.signal,
    });
    return Buffer.from(await answer.Body!.transformToByteArray());
  } catch (error) {
    throw readable(part.name, error);
  } finally {
    client.destroy();
  }
}

function readable(name: string, error: unknown): unknown {
  if (error instanceof MlopsError || (error as Error).name === 'AbortError') return error;
  const { name: code, message } = error as Error;
  const missing = code === 'NoSuchBucket' || code === 'NoSuchKey' || code === 'NotFound';
  return new MlopsError(missing ? 'DATA_NOT_FOUND' : 'DATA_UNREADABLE', `${name}: ${code}: ${message}`, {
    cause: error,
  });
}
