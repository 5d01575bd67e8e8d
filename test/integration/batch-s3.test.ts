import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type PredictFiles, predictFiles } from '../../src/batch/predict-files.ts';
import { csvSettings } from '../../src/config/data-settings.ts';
import { openSink } from '../../src/data/sinks/open-sink.ts';
import { listParts } from '../../src/data/sources/list-parts.ts';
import type { Table } from '../../src/data/table.ts';
import type { Model } from '../../src/model/load-model.ts';
import { type FaultyProxy, startFaultyProxy } from '../tools/faulty-proxy.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { writeSmallModel } from '../tools/small-model.ts';
import { type S3Server, startVersitygw } from '../tools/versitygw.ts';
import { failure, readText } from '../unit/data/read-text.ts';

const ROWS = Array.from({ length: 400 }, (_, i) => [i, ['red', 'green', 'blue'][i % 3]!, (i * 37) % 101] as const);
const csvOf = (rows: typeof ROWS): string => `id,color,size\n${rows.map((row) => `${row.join(',')}\n`).join('')}`;
const WRITE = 'import sys, pandas as pd; pd.read_csv(sys.argv[1]).to_parquet(sys.argv[2])';

describeWith(['go', 'python'], 'predictions from any format, to a folder or to S3', () => {
  let server: S3Server;
  let proxy: FaultyProxy;
  let client: S3Client;
  let model: Model;
  let folder: string;
  let bucket = '';
  let count = 0;

  const env = (name: string) => ({ ...server.env, AWS_ENDPOINT_URL_S3: proxy.url })[name];
  const read = () => ({
    ...{ cwd: folder, csv: csvSettings.parse({}), credential: env, signal: new AbortController().signal },
  });
  async function predict(sources: readonly string[], output: string, more: Partial<PredictFiles> = {}) {
    const sink = output.startsWith('s3:') ? await openSink(output, read()) : undefined;
    return predictFiles({
      model,
      parts: await listParts(sources, read()),
      output: sink ? mkdtempSync(join(folder, 'staging-')) : join(folder, output),
      ...(sink ? { sink } : {}),
      ...{ keepColumns: ['id'], format: 'csv', nJobs: 2, read: read(), signal: read().signal },
      ...more,
    }).finally(() => sink?.close());
  }
  const stored = async (): Promise<Record<string, string>> => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'out/' }));
    const texts: Record<string, string> = {};
    for (const { Key } of Contents) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: Key! }));
      texts[Key!.slice('out/'.length)] = await Body!.transformToString();
    }
    return texts;
  };

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
    folder = mkdtempSync(join(tmpdir(), 'batch-s3-'));
    const table: Table = await readText(
      `color,size,value\n${ROWS.map(([i, c, s]) => `${c},${s},${s * 2 + (i % 3)}\n`).join('')}`,
    );
    model = await writeSmallModel(join(folder, 'model'), table, 'value', { nEstimators: 5 });
    mkdirSync(join(folder, 'in'));
    writeFileSync(join(folder, 'in/a.csv'), csvOf(ROWS.slice(0, 150)));
    const lines = ROWS.slice(0, 150).map(([id, color, size]) => `${JSON.stringify({ size, note: 'x', color, id })}\n`);
    writeFileSync(join(folder, 'in/b.ndjson'), lines.join(''));
    execFileSync(await pythonPeers(), ['-c', WRITE, join(folder, 'in/a.csv'), join(folder, 'in/c.parquet')]);
  });

  beforeEach(async () => {
    bucket = `predictions-${++count}`;
    proxy.fault = () => undefined;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  });

  afterAll(async () => {
    client?.destroy();
    await proxy?.stop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the same rows give the same predictions, whatever format they come in', async () => {
    const done = await predict(['in/*'], 'out');
    expect(done).toMatchObject({ rows: 450, rejected: 0, reused: 0 });
    const [a, b, c] = done.outputs.map((path) => readFileSync(path, 'utf8'));
    expect(a!.split('\n').slice(0, 2)).toEqual(['id,prediction', expect.stringMatching(/^0,/)]);
    expect([b, c]).toEqual([a, a]);
    expect(await predict(['in/*'], 'out')).toMatchObject({ rows: 450, reused: 3 });
  });

  test('rows of NDJSON whose cells the model cannot take are rejected with their reason', async () => {
    writeFileSync(
      join(folder, 'bad.jsonl'),
      '{"id":"007","color":"red","size":"big"}\n{"id":"8","color":"red","size":3}\n',
    );
    const { rows, rejected, outputs } = await predict(['bad.jsonl'], 'rejecting');
    expect([rows, rejected, readFileSync(outputs[0]!, 'utf8').split('\n').length]).toEqual([1, 1, 3]);
    expect(readFileSync(outputs[0]!.replace(/\.csv$/, '.rejected.csv'), 'utf8')).toBe(
      'line,reason,content\n1,"""size"" is ""big"", expected a number","{""id"":""007"",""color"":""red"",""size"":""big""}"\n',
    );
  });

  test('predictions go to S3, each file whole, and a second run does only what is missing', async () => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'in/1.csv', Body: csvOf(ROWS.slice(0, 200)) }));
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'in/2.csv', Body: csvOf(ROWS.slice(200)) }));
    const source = `s3://${bucket}/in/`;
    const local = await predict([source], 'local');
    const done = await predict([source], `s3://${bucket}/out`);
    expect(done).toEqual({ ...local, outputs: [`s3://${bucket}/out/1.csv`, `s3://${bucket}/out/2.csv`] });
    const first = await stored();
    expect(Object.keys(first)).toEqual(['1.csv', '2.csv', 'manifest.json']);
    expect([first['1.csv'], first['2.csv']]).toEqual(local.outputs.map((path) => readFileSync(path, 'utf8')));
    // Nothing of it stays here.
    expect(
      readdirSync(folder)
        .filter((name) => name.startsWith('staging-'))
        .flatMap((name) => readdirSync(join(folder, name))),
    ).not.toContain('1.csv');
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'in/2.csv', Body: csvOf(ROWS.slice(300)) }));
    expect(await predict([source], `s3://${bucket}/out`)).toMatchObject({ rows: 300, reused: 1 });
    // What somebody else put in its place is made again.
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'out/1.csv', Body: 'damaged' }));
    expect(await predict([source], `s3://${bucket}/out`)).toMatchObject({ rows: 300, reused: 1 });
    expect((await stored())['1.csv']).toBe(first['1.csv']);
  });

  test('of two runs that write at once one is told; what the store does not take leaves no half file', async () => {
    const output = `s3://${bucket}/out`;
    proxy.fault = async ({ method, path }) => {
      if (method === 'PUT' && path.includes('a.csv')) {
        proxy.fault = () => undefined;
        await predict(['in/b.ndjson'], output);
      }
      return undefined;
    };
    expect(await failure(() => predict(['in/a.csv'], output))).toEqual({
      code: 'OUTPUT_CONFLICT',
      faults: [`${output}/manifest.json was written by somebody else in the meantime; run again`],
    });
    expect(Object.keys(await stored()).sort()).toEqual(['a.csv', 'b.csv', 'manifest.json'].sort());
    proxy.fault = ({ method }) =>
      method === 'PUT'
        ? { status: 403, body: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' }
        : undefined;
    expect(await failure(() => predict(['in/c.parquet'], output))).toEqual({
      code: 'ACCESS_DENIED',
      faults: [`${output}/c.csv: access is refused (403): the keys may not do this; a policy must allow s3:PutObject`],
    });
    expect(existsSync(join(folder, 'c.csv'))).toBe(false);
  });

  test('an output that is its own input is refused', async () => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'in/1.csv', Body: csvOf(ROWS.slice(0, 9)) }));
    expect(await failure(() => predict([`s3://${bucket}/in/`], `s3://${bucket}/in`))).toEqual({
      code: 'INPUT_INVALID',
      faults: [
        `"output" is the folder of the input: s3://${bucket}/in/1.csv would be overwritten; name another folder`,
      ],
    });
  });
});
