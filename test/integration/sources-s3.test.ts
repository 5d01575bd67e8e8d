import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvSettings } from '../../src/config/data-settings.ts';
import { readTable } from '../../src/data/read-table.ts';
import { listParts } from '../../src/data/sources/list-parts.ts';
import type { SourceOptions } from '../../src/data/sources/source-options.ts';
import { MlopsError } from '../../src/errors/mlops-error.ts';
import { describeWith } from '../tools/require-tool.ts';
import { freePort } from '../tools/start-process.ts';
import { type S3Server, startVersitygw } from '../tools/versitygw.ts';
import { failure, plain } from '../unit/data/read-text.ts';

describeWith(['go'], 'tables in S3', () => {
  let server: S3Server;

  const options = (env: Readonly<Record<string, string>> = {}): SourceOptions => ({
    cwd: '/',
    csv: csvSettings.parse({}),
    credential: (name) => ({ ...server.env, ...env })[name],
    signal: new AbortController().signal,
  });

  beforeAll(async () => {
    server = await startVersitygw();
    const client = new S3Client({
      endpoint: server.env.AWS_ENDPOINT_URL_S3!,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: {
        accessKeyId: server.env.AWS_ACCESS_KEY_ID!,
        secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY!,
      },
    });
    await client.send(new CreateBucketCommand({ Bucket: 'tables' }));
    const put = (Key: string, Body: string) => client.send(new PutObjectCommand({ Bucket: 'tables', Key, Body }));
    await put('sales/2024/b.csv', 'x,y\n3,b\n');
    await put('sales/2024/a.csv', 'y,x\na,1\n,2\n');
    await put('sales/2024/_SUCCESS', '\n');
    await put('sales/2024.txt', 'x,y\n9,z\n');
    // More than one page of a listing.
    for (let i = 0; i < 1100; i += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, k) => put(`many/${String(i + k).padStart(4, '0')}.csv`, `x\n${i + k}\n`)),
      );
    }
    client.destroy();
  });

  afterAll(async () => server?.stop());

  test('an object, the CSV objects below a prefix, and all that begins with it', async () => {
    const one = await readTable(['s3://tables/sales/2024/b.csv'], options());
    expect([one.sourceType, one.bytes, one.parts, plain(one.table)]).toEqual([
      's3',
      8,
      [{ kind: 's3', name: 's3://tables/sales/2024/b.csv', bucket: 'tables', key: 'sales/2024/b.csv', bytes: 8 }],
      { x: ['numeric', 3], y: ['categorical', 'b'] },
    ]);
    const below = await readTable(['s3://tables/sales/2024/'], options());
    expect(plain(below.table)).toEqual({ y: ['categorical', 'a', null, 'b'], x: ['numeric', 1, 2, 3] });
    const names = async (source: string) => (await listParts([source], options())).map((part) => part.name);
    expect(await names('s3://tables/sales/2024*')).toEqual([
      's3://tables/sales/2024.txt',
      's3://tables/sales/2024/_SUCCESS',
      's3://tables/sales/2024/a.csv',
      's3://tables/sales/2024/b.csv',
    ]);
    const both = ['s3://tables/sales/2024/a.csv', 's3://tables/sales/2024/b.csv'];
    expect(await names('s3://tables/sales/2024/*.csv')).toEqual(both);
    expect(await names('s3://tables/**/{a,b}.csv')).toEqual(both);
    expect(await names('s3://tables/sales/202?/b.csv')).toEqual(both.slice(1));
    expect((await names('s3://tables/many/')).slice(-2)).toEqual([
      's3://tables/many/1098.csv',
      's3://tables/many/1099.csv',
    ]);
    expect((await names('s3://tables/many/')).length).toBe(1100);
  });

  test('every object and prefix that is not there is named', async () => {
    const sources = ['s3://tables/sales/2024/c.csv', 's3://tables/nothing/', 's3://tables/sales/2024/b.csv'];
    expect(await failure(() => readTable(sources, options()))).toEqual({
      code: 'DATA_NOT_FOUND',
      faults: [
        '"data" is "s3://tables/sales/2024/c.csv", but no object is there',
        '"data" is "s3://tables/nothing/", but no object is there',
      ],
    });
    expect(await failure(() => readTable(['s3://no-such-bucket/x/'], options()))).toEqual({
      code: 'DATA_NOT_FOUND',
      faults: ['"data" is "s3://no-such-bucket/x/": The specified bucket does not exist.'],
    });
  });

  test('a wrong secret is refused by the server, and told without the secret', async () => {
    const secret = 'wrong-secret-0123456789';
    const wrong = options({ AWS_SECRET_ACCESS_KEY: secret });
    const advice = 'check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what the key may read';
    const errors = await Promise.all(
      ['s3://tables/sales/2024/b.csv', 's3://tables/sales/'].map((source) =>
        readTable([source], wrong).catch((error: unknown) => error as MlopsError),
      ),
    );
    expect(errors.map((error) => error instanceof MlopsError && [error.code, error.message])).toEqual([
      ['DATA_UNREADABLE', `s3://tables/sales/2024/b.csv: the server refuses access (403); ${advice}`],
      ['DATA_UNREADABLE', `s3://tables/sales/: the server refuses access (403, SignatureDoesNotMatch); ${advice}`],
    ]);
    for (const error of errors) {
      const all = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).cause);
      expect(all).not.toContain(secret);
    }
  });

  test('a server that is not there and a run that is stopped', async () => {
    const port = await freePort();
    const gone = options({ AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` });
    const { code, faults } = await failure(() => readTable(['s3://tables/sales/2024/b.csv'], gone));
    expect([code, faults]).toEqual([
      'DATA_UNREADABLE',
      [`s3://tables/sales/2024/b.csv: Error: connect ECONNREFUSED 127.0.0.1:${port}`],
    ]);
    const stopped = { ...options(), signal: AbortSignal.abort() };
    await expect(readTable(['s3://tables/sales/'], stopped)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
