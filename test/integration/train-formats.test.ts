import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mlops } from '../tools/mlops.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { type S3Server, startVersitygw } from '../tools/versitygw.ts';

const ROWS = Array.from({ length: 300 }, (_, i) => {
  const [size, color, day] = [(i * 37) % 101, ['red', 'green', 'blue'][i % 3]!, 1 + (i % 28)];
  return { id: `C${1000 + i}`, size, color, at: `2024-02-${String(day).padStart(2, '0')}`, value: size * 2 + (i % 3) };
});
const WRITE = `
import sys, pandas as pd
frame = pd.read_csv(sys.argv[1], parse_dates=['at'])
frame['tags'] = [['a', 'b']] * len(frame)
frame.to_parquet(sys.argv[2])
`;

describeWith(['go', 'python'], 'the command line on every format', () => {
  let server: S3Server;
  let cwd: string;
  let client: S3Client;

  beforeAll(async () => {
    server = await startVersitygw();
    cwd = mkdtempSync(join(tmpdir(), 'formats-'));
    const names = Object.keys(ROWS[0]!);
    const csv = `${names.join(',')}\n${ROWS.map((row) => `${Object.values(row).join(',')}\n`).join('')}`;
    writeFileSync(join(cwd, 'rents.csv'), csv);
    writeFileSync(
      join(cwd, 'rents.ndjson'),
      ROWS.map((row) => `${JSON.stringify({ ...row, tags: ['a'] })}\n`).join(''),
    );
    execFileSync(await pythonPeers(), ['-c', WRITE, join(cwd, 'rents.csv'), join(cwd, 'rents.parquet')]);
    const db = new DatabaseSync(join(cwd, 'rents.db'));
    db.exec("create table rents (id, size, color, at, value, tags blob default x'ff')");
    const insert = db.prepare('insert into rents (id, size, color, at, value) values (?, ?, ?, ?, ?)');
    for (const row of ROWS) insert.run(...Object.values(row));
    db.close();
    client = new S3Client({
      endpoint: server.env.AWS_ENDPOINT_URL_S3!,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: {
        accessKeyId: server.env.AWS_ACCESS_KEY_ID!,
        secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY!,
      },
    });
    await client.send(new CreateBucketCommand({ Bucket: 'rents' }));
    const Body = readFileSync(join(cwd, 'rents.parquet'));
    await client.send(new PutObjectCommand({ Bucket: 'rents', Key: 'in/rents.parquet', Body }));
  });

  afterAll(async () => {
    client?.destroy();
    await server?.stop();
    rmSync(cwd, { recursive: true, force: true });
  });

  test('the same rows train the same model, nested columns left out; they are scored from and to S3', async () => {
    const settings = 'data: {target: value, exclude: [id, tags]}\nmodel: {n-estimators: 5}\n';
    const run = async (...args: string[]): Promise<Record<string, unknown>> => {
      const { status, stdout, stderr } = await mlops(cwd, [...args, '--json'], server.env);
      expect([args, status, status === 0 ? '' : stderr]).toEqual([args, 0, '']);
      return JSON.parse(stdout);
    };
    const made = await run('init', '--data', 'rents.parquet', '--target', 'value', '--workflows', 'false');
    expect([made.task, readFileSync(join(cwd, 'mlops.yaml'), 'utf8')]).toEqual([
      'regression',
      expect.stringContaining('- tags  # holds lists, objects or bytes\n'),
    ]);
    writeFileSync(join(cwd, 'mlops.yaml'), `name: rents\n${settings}`);
    const remote = 's3://rents/in/rents.parquet';
    const digests: unknown[] = [];
    let model = '';
    for (const data of ['rents.ndjson', 'rents.parquet', 'sqlite:///rents.db?table=rents', remote]) {
      const trained = await run('train', '--data', data);
      digests.push(trained['model-digest']);
      model = String(trained['model-uri']);
    }
    expect(new Set(digests).size).toBe(1);
    const db = new DatabaseSync(join(cwd, 'mlflow.db'));
    const sources = db
      .prepare('select distinct dataset_source_type as type, dataset_source as source from datasets')
      .all();
    db.close();
    expect(sources.filter(({ type }) => type === 's3').map(({ source }) => JSON.parse(String(source)))).toEqual([
      {
        uri: 's3://rents/in/rents.parquet',
        objects: [{ uri: 's3://rents/in/rents.parquet', etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) }],
      },
    ]);
    const scored = await run('predict', '--model', model, '--data', remote, '--output', 's3://rents/out/');
    expect(scored).toMatchObject({ rows: 300, rejected: 0, outputs: ['s3://rents/out/rents.csv'] });
    const [report, evaluation] = ['s3://rents/reports/e.html', 's3://rents/reports/e.json'];
    const evaluated = await run(
      ...['evaluate', '--model-uri', model, '--data', remote],
      ...['--report', report, '--evaluation', evaluation],
    );
    expect(evaluated).toMatchObject({ report, evaluation });
    const html = await client.send(new GetObjectCommand({ Bucket: 'rents', Key: 'reports/e.html' }));
    expect([html.ContentType, (await html.Body!.transformToString()).slice(0, 15)]).toEqual([
      ...['text/html; charset=utf-8', '<!doctype html>'],
    ]);
  });
});
