import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Sink, StoredFile } from '../sinks/sink.ts';
import type { Place, S3Access } from './access.ts';
import { clientFor } from './client.ts';
import { ObjectUpload } from './object-upload.ts';
import { nameOf, type Permission, refusal, statusOf } from './refusals.ts';

/** Objects below a prefix. Their state is the ETag; what is begun and not published is no object. */
export function openPrefix({ bucket, key }: Place, access: S3Access): Sink {
  const client = clientFor(access);
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
  const uriOf = (name: string): string => `s3://${bucket}/${prefix}${name}`;
  const placeOf = (name: string): { Bucket: string; Key: string } => ({ Bucket: bucket, Key: `${prefix}${name}` });
  const { signal } = access;
  const told = async <T>(name: string, permission: Permission, ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      throw refusal(uriOf(name), error, permission, 'OUTPUT_UNWRITABLE');
    }
  };
  return {
    name: `s3://${bucket}/${prefix}`,
    uriOf,
    create: async (name, condition) => new ObjectUpload(client, uriOf(name), placeOf(name), signal, condition),
    stateOf: (name) =>
      told(name, 's3:GetObject', async () => {
        const head = await orNothing(client.send(new HeadObjectCommand(placeOf(name)), { abortSignal: signal }));
        return head?.ETag;
      }),
    read: (name) => told(name, 's3:GetObject', () => readWhole(client, placeOf(name), signal)),
    remove: (name) =>
      told(name, 's3:DeleteObject', async () => {
        await client.send(new DeleteObjectCommand(placeOf(name)), { abortSignal: signal });
      }),
    close: async () => client.destroy(),
  };
}

async function readWhole(
  client: S3Client,
  place: { Bucket: string; Key: string },
  signal: AbortSignal,
): Promise<StoredFile | undefined> {
  const answer = await orNothing(client.send(new GetObjectCommand(place), { abortSignal: signal }));
  if (!answer) return undefined;
  return { bytes: Buffer.from(await answer.Body!.transformToByteArray()), state: answer.ETag ?? '' };
}

/** Undefined when the object is not there; a bucket that is not there is an error. */
async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return undefined;
    throw error;
  });
}
