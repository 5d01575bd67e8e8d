import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';

/** A new bucket of a server, and what is in it. */
export interface Bucket {
  /** Keys and sizes, sorted by key; markers of folders left out. */
  objects(): Promise<{ key: string; size: number }[]>;
  /** Keys of uploads that were begun and neither completed nor aborted. */
  underWay(): Promise<string[]>;
  close(): void;
}

/** `env` as of `startVersitygw`. */
export async function createBucket(env: Readonly<Record<string, string>>, name: string): Promise<Bucket> {
  const client = new S3Client({
    endpoint: env.AWS_ENDPOINT_URL_S3!,
    region: env.AWS_REGION!,
    forcePathStyle: true,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID!, secretAccessKey: env.AWS_SECRET_ACCESS_KEY! },
  });
  await client.send(new CreateBucketCommand({ Bucket: name }));
  return {
    async objects() {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: name }));
      return Contents.map(({ Key = '', Size = 0 }) => ({ key: Key, size: Size })).filter(
        ({ key }) => !key.endsWith('/'),
      );
    },
    async underWay() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: name }));
      return Uploads.map(({ Key = '' }) => Key);
    },
    close: () => client.destroy(),
  };
}
