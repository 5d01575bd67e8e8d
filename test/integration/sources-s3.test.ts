import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvSettings } from '../../src/config/data-settings.ts';
import { s3Settings } from '../../src/config/s3-settings.ts';
import { readTable } from '../../src/data/read-table.ts';
import { listParts } from '../../src/data/sources/list-parts.ts';
import type { SourceOptions } from '../../src/data/sources/source-options.ts';
import { MlopsError } from '../../src/errors/mlops-error.ts';
import { startFaultyProxy } from '../tools/faulty-proxy.ts';
import { startIdentityServices } from '../tools/identity-services.ts';
import { mlops } from '../tools/mlops.ts';
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
      [
        {
          kind: 's3',
          name: 's3://tables/sales/2024/b.csv',
          bucket: 'tables',
          key: 'sales/2024/b.csv',
          bytes: 8,
          etag: `"${createHash('md5').update('x,y\n3,b\n').digest('hex')}"`,
        },
      ],
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

  test('the store may be named in mlops.yaml', async () => {
    const { AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: _region, ...keys } = server.env;
    const s3 = s3Settings.parse({ endpoint, region: 'us-east-1', 'path-style': 'on' });
    const env: Record<string, string> = { ...keys, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' };
    const read = await readTable(['s3://tables/sales/2024/b.csv'], {
      ...options(),
      s3,
      credential: (name) => env[name],
    });
    expect(plain(read.table)).toEqual({ x: ['numeric', 3], y: ['categorical', 'b'] });
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
    for (const source of ['s3://no-such-bucket/x/', 's3://no-such-bucket/x.csv']) {
      expect(await failure(() => readTable([source], options()))).toEqual({
        code: 'DATA_NOT_FOUND',
        faults: [`${source}: The specified bucket does not exist.`],
      });
    }
  });

  test('whatever is wrong with the keys is told with what to do, and without a secret', async () => {
    const secret = 'wrong-secret-0123456789';
    const sources = ['s3://tables/sales/2024/b.csv', 's3://tables/sales/'];
    const told = async (env: Record<string, string>): Promise<unknown[]> => {
      const errors = await Promise.all(
        sources.map((source) => readTable([source], options(env)).catch((error: unknown) => error as MlopsError)),
      );
      for (const error of errors) {
        const all = inspect(error, { depth: 9, showHidden: true });
        expect([all.includes(secret), error instanceof MlopsError]).toEqual([false, true]);
      }
      return errors.map((error) => [(error as MlopsError).code, (error as MlopsError).message]);
    };
    const refused = (said: string) => sources.map((source) => ['ACCESS_DENIED', `${source}: ${said}`]);
    expect(await told({ AWS_SECRET_ACCESS_KEY: secret })).toEqual(
      refused('access is refused (SignatureDoesNotMatch): AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID'),
    );
    expect(await told({ AWS_ACCESS_KEY_ID: 'nobody' })).toEqual(
      refused(
        'access is refused (XAdminUserNotFound): AWS_ACCESS_KEY_ID is not known there; check it and the endpoint',
      ),
    );
    const half = options();
    const credential = (name: string) => (name === 'AWS_SECRET_ACCESS_KEY' ? undefined : half.credential(name));
    expect(await failure(() => readTable(sources, { ...half, credential }))).toEqual({
      code: 'INPUT_INVALID',
      faults: ['the environment variable AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; S3 needs both'],
    });
    // What a store says to keys that have run out, or that a policy does not allow.
    const proxy = await startFaultyProxy(server.env.AWS_ENDPOINT_URL_S3!);
    const answer = (status: number, code: string) => {
      proxy.fault = () => ({ status, body: `<Error><Code>${code}</Code><Message>no</Message></Error>` });
      return failure(() => readTable(['s3://tables/sales/'], options({ AWS_ENDPOINT_URL_S3: proxy.url })));
    };
    expect([await answer(400, 'ExpiredToken'), await answer(403, 'AccessDenied')]).toEqual([
      {
        code: 'ACCESS_DENIED',
        faults: [
          's3://tables/sales/: access is refused (ExpiredToken): the session has expired; get new keys, or use AWS_ROLE_ARN, which renews them',
        ],
      },
      {
        code: 'ACCESS_DENIED',
        faults: [
          's3://tables/sales/: access is refused (403): the keys may not do this; a policy must allow s3:ListBucket',
        ],
      },
    ]);
    await proxy.stop();
  });

  test('keys come from a role that a GitHub job may assume, and from the profiles that the SDK knows', async () => {
    const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, ...others } = server.env;
    const services = await startIdentityServices({ id: 'ASIA0123', secret: 'session-secret', token: 'session-token' });
    // The server knows no sessions: what is sent is looked at, and an empty bucket is answered.
    const proxy = await startFaultyProxy(server.env.AWS_ENDPOINT_URL_S3!);
    proxy.fault = () => ({ status: 200, body: '<ListBucketResult><Name>tables</Name></ListBucketResult>' });
    const env: Record<string, string> = { ...others, ...services.env, AWS_ENDPOINT_URL_S3: proxy.url };
    expect(
      await listParts(['s3://tables/*'], { ...options(), credential: (name) => env[name] }).catch((e) => e.code),
    ).toBe('DATA_NOT_FOUND');
    expect(proxy.seen.map(({ headers }) => [headers.authorization, headers['x-amz-security-token']])).toEqual([
      [expect.stringContaining('Credential=ASIA0123/'), 'session-token'],
    ]);
    await proxy.stop();
    await services.stop();
    const home = mkdtempSync(join(tmpdir(), 'aws-'));
    writeFileSync(join(home, 'credentials'), `[dev]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`);
    const files = { AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'), AWS_CONFIG_FILE: join(home, 'config') };
    const run = (profile: string) =>
      mlops(home, ['validate', '--data', 's3://tables/sales/2024/', '--target', 'y'], {
        ...{ HOME: home, AWS_EC2_METADATA_DISABLED: 'true', AWS_PROFILE: profile },
        ...{ ...files, ...others },
      });
    const found = await run('dev');
    expect(found.stderr).toContain('3 rows × 2 columns');
    const lacking = await run('prod');
    expect([lacking.status, lacking.stderr]).toEqual([
      1,
      expect.stringContaining(
        's3://tables/sales/2024/: access is refused (CredentialsProviderError): set AWS_ACCESS_KEY_ID',
      ),
    ]);
    rmSync(home, { recursive: true });
  });

  test('a server that is not there and a run that is stopped', async () => {
    const port = await freePort();
    const gone = options({ AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` });
    const { code, faults } = await failure(() => readTable(['s3://tables/sales/2024/b.csv'], gone));
    expect([code, faults]).toEqual([
      'DATA_UNREADABLE',
      [
        `s3://tables/sales/2024/b.csv: the store is not reached (connect ECONNREFUSED 127.0.0.1:${port}); check AWS_ENDPOINT_URL_S3 and the network`,
      ],
    ]);
    const stopped = { ...options(), signal: AbortSignal.abort() };
    await expect(readTable(['s3://tables/sales/'], stopped)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
