import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSink } from '../../src/data/sinks/open-sink.ts';
import { type FaultyProxy, startFaultyProxy } from '../tools/faulty-proxy.ts';
import { describeWith } from '../tools/require-tool.ts';
import { type S3Server, startVersitygw } from '../tools/versitygw.ts';
import { failure } from '../unit/data/read-text.ts';
import { sinkContract } from './sink-contract.ts';

describeWith(['go'], 'a sink in S3', () => {
  let server: S3Server;
  let proxy: FaultyProxy;
  let client: S3Client;
  let count = 0;

  beforeAll(async () => {
    server = await startVersitygw();
    proxy = await startFaultyProxy(server.env.AWS_ENDPOINT_URL_S3!);
    client = new S3Client({
      endpoint: server.env.AWS_ENDPOINT_URL_S3!,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: {
        accessKeyId: server.env.AWS_ACCESS_KEY_ID!,
        secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY!,
      },
    });
  });
  afterAll(async () => {
    client?.destroy();
    await proxy?.stop();
    await server?.stop();
  });

  const env = (): Record<string, string> => ({ ...server.env, AWS_ENDPOINT_URL_S3: proxy.url });
  const access = (signal = new AbortController().signal) => ({
    ...{ cwd: '/', credential: (name: string) => env()[name], signal },
  });

  async function open() {
    const Bucket = `bucket-${++count}`;
    await client.send(new CreateBucketCommand({ Bucket }));
    const names = async () => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      return [
        ...Contents.map(({ Key }) => Key!.replace('results/', '')).filter((key) => !key.endsWith('/')),
        ...Uploads.map(({ Key }) => `under way: ${Key}`),
      ];
    };
    return { Bucket, sink: await openSink(`s3://${Bucket}/results`, access()), names };
  }

  sinkContract('a prefix', open);

  test('a part that is lost on the way is sent again; when all are, the upload is taken back', async () => {
    const { sink, names } = await open();
    const bytes = Buffer.alloc(17 * 2 ** 20, 'x');
    let lost = 2;
    const busy = { status: 500, body: '<Error><Code>InternalError</Code><Message>slow</Message></Error>' };
    proxy.fault = ({ path }) => (path.includes('partNumber=2') && lost-- > 0 ? busy : undefined);
    const file = await sink.create('a.bin');
    await file.write(bytes);
    expect((await file.publish()).bytes).toBe(bytes.length);
    lost = Number.POSITIVE_INFINITY;
    const other = await sink.create('b.bin');
    await other.write(bytes);
    expect(await failure(() => other.publish())).toEqual({
      code: 'OUTPUT_UNWRITABLE',
      faults: [`${sink.uriOf('b.bin')}: InternalError: slow`],
    });
    proxy.fault = () => undefined;
    expect(await names()).toEqual(['a.bin']);
  });

  test('an answer that is lost does not make a conflict of what was written', async () => {
    const { sink } = await open();
    proxy.fault = ({ method }) => {
      if (method !== 'PUT') return undefined;
      proxy.fault = () => undefined;
      // It is written, and the answer does not come.
      return { cutAfter: -1 };
    };
    const file = await sink.create('a.json', { absent: true });
    await file.write(Buffer.from('{}'));
    expect((await file.publish()).bytes).toBe(2);
  });

  test('a run that is stopped leaves nothing under way', async () => {
    const { Bucket, names } = await open();
    const stop = new AbortController();
    const sink = await openSink(`s3://${Bucket}/results`, access(stop.signal));
    const file = await sink.create('a.bin');
    await file.write(Buffer.alloc(9 * 2 ** 20));
    stop.abort();
    await expect(file.publish()).rejects.toMatchObject({ name: 'AbortError' });
    expect(await names()).toEqual([]);
  });

  test('a bucket that is not there, keys that are wrong and a form that is not known are told', async () => {
    const nowhere = await openSink('s3://no-such-bucket/results', access());
    const file = await nowhere.create('a.csv');
    expect(await failure(() => file.publish())).toEqual({
      code: 'OUTPUT_UNWRITABLE',
      faults: ['s3://no-such-bucket/results/a.csv: The specified bucket does not exist.'],
    });
    const { Bucket } = await open();
    const wrong = { ...access(), credential: (name: string) => ({ ...env(), AWS_SECRET_ACCESS_KEY: 'wrong' })[name] };
    const refused = await (await openSink(`s3://${Bucket}/results`, wrong)).create('a.csv');
    expect((await failure(() => refused.publish())).faults).toEqual([
      `s3://${Bucket}/results/a.csv: access is refused (SignatureDoesNotMatch): AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID`,
    ]);
    expect(await failure(() => openSink('gs://bucket/results', access()))).toEqual({
      code: 'INPUT_INVALID',
      faults: [
        '"output" is "gs://bucket/results", expected a folder, s3://bucket/prefix or databricks://catalog.schema.table',
      ],
    });
  });
});
