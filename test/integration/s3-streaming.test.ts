import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { csvSettings } from '../../src/config/data-settings.ts';
import { type ReadOptions, readTable } from '../../src/data/read-table.ts';
import { listParts } from '../../src/data/sources/list-parts.ts';
import { type FaultyProxy, startFaultyProxy } from '../tools/faulty-proxy.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { type S3Server, startVersitygw } from '../tools/versitygw.ts';
import { failure } from '../unit/data/read-text.ts';

const MIB = 2 ** 20;
const WRITE = `
import sys, numpy as np, pyarrow as pa, pyarrow.parquet as pq
n = 200_000
rng = np.random.default_rng(1)
table = pa.table({name: rng.normal(size=n) for name in 'abcdef'} | {'s': pa.array(rng.integers(0, 9, n).astype(str))})
pq.write_table(table, sys.argv[1], row_group_size=50_000, compression='none', use_dictionary=['s'])
`;

describeWith(['go', 'python'], 'objects in S3 over a network that fails', () => {
  let server: S3Server;
  let proxy: FaultyProxy;
  let client: S3Client;
  let cwd: string;
  let csv: Buffer;
  let parquet: Buffer;

  const options = (more: Partial<ReadOptions> = {}): ReadOptions => ({
    cwd,
    csv: csvSettings.parse({}),
    credential: (name) => ({ ...server.env, AWS_ENDPOINT_URL_S3: proxy.url })[name],
    signal: new AbortController().signal,
    ...more,
  });
  const put = (Key: string, Body: Buffer | string) => client.send(new PutObjectCommand({ Bucket: 'data', Key, Body }));

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
    await client.send(new CreateBucketCommand({ Bucket: 'data' }));
    cwd = mkdtempSync(join(tmpdir(), 's3-streaming-'));
    csv = Buffer.from(`x,y\n${Array.from({ length: 1_500_000 }, (_, i) => `${i},name-${i % 97}\n`).join('')}`);
    execFileSync(await pythonPeers(), ['-c', WRITE, join(cwd, 'table.parquet')]);
    parquet = readFileSync(join(cwd, 'table.parquet'));
    await put('table.csv', csv);
    await put('table.parquet', parquet);
  });

  afterEach(() => {
    proxy.fault = () => undefined;
    proxy.seen.length = 0;
  });

  afterAll(async () => {
    client?.destroy();
    await proxy?.stop();
    await server?.stop();
    rmSync(cwd, { recursive: true, force: true });
  });

  const gets = () => proxy.seen.filter(({ method, path }) => method === 'GET' && !path.includes('list-type'));

  test('a large object comes in pieces; one whose connection is cut goes on where it was', async () => {
    const digest = (await readTable(['s3://data/table.csv'], options())).digest;
    expect(gets().map(({ range, bytes }) => [range, bytes])).toEqual(
      Array.from({ length: Math.ceil(csv.length / (8 * MIB)) }, (_, i) => {
        const [start, end] = [i * 8 * MIB, Math.min(csv.length, (i + 1) * 8 * MIB)];
        return [`bytes=${start}-${end - 1}`, end - start];
      }),
    );
    proxy.seen.length = 0;
    const cutOnce = new Set<string>();
    proxy.fault = ({ range = '' }) => {
      if (range === '' || cutOnce.size > 6 || cutOnce.has(range)) return undefined;
      cutOnce.add(range);
      return { cutAfter: 1_000_000 };
    };
    expect((await readTable(['s3://data/table.csv'], options())).digest).toBe(digest);
    expect(cutOnce.size).toBe(7);
    // No byte came twice.
    expect(gets().reduce((sum, { bytes }) => sum + bytes, 0)).toBe(csv.length);
  });

  test('a store that is busy is asked again, one that stays so is told', async () => {
    let left = 3;
    const busy = {
      status: 503,
      body: '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
    };
    proxy.fault = () => (left-- > 0 ? busy : undefined);
    expect((await readTable(['s3://data/table.csv'], options())).table.nRows).toBe(1_500_000);
    proxy.fault = ({ method }) => (method === 'GET' ? busy : undefined);
    expect(await failure(() => readTable(['s3://data/table.csv'], options()))).toEqual({
      code: 'DATA_UNREADABLE',
      faults: ['s3://data/table.csv: SlowDown: Please reduce your request rate.'],
    });
  });

  test('a connection that is cut every time fails, with the place; never half a table', async () => {
    proxy.fault = ({ method }) => (method === 'GET' ? { cutAfter: 0 } : undefined);
    const { code, faults } = await failure(() => readTable(['s3://data/table.parquet'], options()));
    expect([code, faults.length]).toEqual(['DATA_UNREADABLE', 1]);
    expect(faults[0]).toMatch(
      new RegExp(
        `^s3://data/table\\.parquet: the connection was cut at byte \\d+ of ${parquet.length} \\(.+\\), also when asked 5 times; run again$`,
      ),
    );
  });

  test('a flipped bit is found by the checksum, in small and in large objects', async () => {
    await put('small.csv', csv.subarray(0, csv.indexOf('\n50000,')));
    // Once is repaired, always is refused.
    let flips = 1;
    proxy.fault = ({ method }) => (method === 'GET' && flips-- > 0 ? { flipAt: 1000 } : undefined);
    expect((await readTable(['s3://data/small.csv'], options())).table.nRows).toBe(50_000);
    flips = Number.POSITIVE_INFINITY;
    for (const key of ['small.csv', 'table.csv']) {
      const { code, faults } = await failure(() => readTable([`s3://data/${key}`], options()));
      expect([key, code]).toEqual([key, 'DATA_UNREADABLE']);
      expect(faults[0]).toMatch(/checksum/i);
    }
  });

  test('of a Parquet object only the footer and the columns that are wanted are fetched', async () => {
    const columns = (name: string) => name === 'c' || name === 's';
    const local = await readTable(['table.parquet'], options({ columns }));
    const remote = await readTable(['s3://data/table.parquet'], options({ columns }));
    expect([remote.digest, remote.bytes]).toEqual([local.digest, local.bytes]);
    const bodies = gets().reduce((sum, { bytes }) => sum + bytes, 0);
    // Eight bytes a number, half a byte a text, and 64 KiB at the end of the file.
    expect([bodies, gets().length]).toEqual([remote.bytes + 64 * 1024, 9]);
    expect(remote.bytes).toBeLessThan(200_000 * 8.6);
    expect(parquet.length).toBeGreaterThan(200_000 * 48);
  });

  test('what changes between the listing and the last byte is an error, with CSV as with Parquet', async () => {
    for (const key of ['table.csv', 'table.parquet']) {
      const before = key === 'table.csv' ? csv : parquet;
      let pieces = 0;
      proxy.fault = async ({ range }) => {
        if (range !== undefined && ++pieces === 3) await put(key, Buffer.concat([before, Buffer.from('\n')]));
        return undefined;
      };
      expect(await failure(() => readTable([`s3://data/${key}`], options()))).toEqual({
        code: 'DATA_CHANGED',
        faults: [`s3://data/${key} changed while it was read; run again when nothing writes to it`],
      });
      await put(key, before);
    }
  });

  test('ETags and, of a bucket that keeps them, versions are recorded', async () => {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new CreateBucketCommand({ Bucket: 'kept' }));
    await client.send(new PutBucketVersioningCommand({ Bucket: 'kept', VersioningConfiguration }));
    const versions: (string | undefined)[] = [];
    for (const Body of ['x\n1\n', 'x\n2\n', 'x\n3\n']) {
      versions.push((await client.send(new PutObjectCommand({ Bucket: 'kept', Key: 'a/t.csv', Body }))).VersionId);
    }
    const etag = `"${createHash('md5').update('x\n3\n').digest('hex')}"`;
    for (const source of ['s3://kept/a/t.csv', 's3://kept/a/*.csv']) {
      const { parts } = await readTable([source], options());
      expect(parts).toEqual([
        { kind: 's3', name: 's3://kept/a/t.csv', bucket: 'kept', key: 'a/t.csv', bytes: 4, etag, version: versions[2] },
      ]);
    }
  });

  test('a file of this machine that changes while it is read is an error too', async () => {
    const [part] = await listParts(['table.parquet'], options());
    const { openFile } = await import('../../src/data/sources/byte-source.ts');
    const source = await openFile(part as never);
    await source.read(0, 4);
    execFileSync('touch', ['-d', '2001-01-01', join(cwd, 'table.parquet')]);
    expect(await failure(() => source.close())).toEqual({
      code: 'DATA_CHANGED',
      faults: ['table.parquet changed while it was read; run again when nothing writes to it'],
    });
    expect(statSync(join(cwd, 'table.parquet')).size).toBe(parquet.length);
  });
});
