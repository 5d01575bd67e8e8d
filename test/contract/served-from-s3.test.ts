import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openStores } from '../../src/registry/open-stores.ts';
import { type Fault, type FaultyProxy, type Seen, startFaultyProxy } from '../tools/faulty-proxy.ts';
import { type MlflowServer, startMlflowServer } from '../tools/mlflow-server.ts';
import { describeWith } from '../tools/require-tool.ts';
import { type Bucket, createBucket } from '../tools/s3-bucket.ts';
import { type S3Server, startVersitygw } from '../tools/versitygw.ts';
import { storeContract } from './store-contract.ts';

const MIB = 2 ** 20;
const EVERY_FILE = {
  MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: '1',
  MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE: '1',
  MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE: String(5 * MIB),
  MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE: String(4 * MIB),
};

describeWith(['go', 'python'], 'an MLflow server that serves artifacts from S3', () => {
  let s3: S3Server;
  let proxy: FaultyProxy;
  let bucket: Bucket;
  let server: MlflowServer;
  let folder: string;
  let count = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'served-s3-'));
    s3 = await startVersitygw();
    proxy = await startFaultyProxy(s3.env.AWS_ENDPOINT_URL_S3!);
    bucket = await createBucket(s3.env, 'served');
    const env = { ...s3.env, AWS_ENDPOINT_URL_S3: proxy.url };
    server = await startMlflowServer({ artifacts: 's3://served/root', env });
  });
  afterAll(async () => {
    bucket?.close();
    await server?.stop();
    await proxy?.stop();
    await s3?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    proxy.fault = () => undefined;
    proxy.seen.length = 0;
  });

  const open = (signal?: AbortSignal) =>
    openStores({
      ...{ trackingUri: server.url, cwd: folder, credential: () => undefined, environment: EVERY_FILE },
      ...(signal === undefined ? {} : { signal }),
    });
  /** Where a new run keeps its files; the key of the location in the bucket. */
  async function newRun(signal?: AbortSignal) {
    const { tracking } = await open(signal);
    const { experimentId } = await tracking.getOrCreateExperiment('direct');
    const run = await tracking.createRun({ experimentId, runName: 'r', startTime: 1, tags: {} });
    const artifacts = tracking.artifacts(run.artifactUri);
    return { artifacts, key: run.artifactUri.replace('mlflow-artifacts:', 'root') };
  }
  /** A folder with a model of one large file. */
  function model(): { source: string; large: Buffer } {
    const source = join(folder, `model ${++count}`);
    mkdirSync(join(source, 'native'), { recursive: true });
    const large = randomBytes(17 * MIB + 3);
    writeFileSync(join(source, 'native', 'größe 1.bin'), large);
    writeFileSync(join(source, 'MLmodel'), 'flavors: {}\n');
    return { source, large };
  }
  const isSigned = ({ path }: Seen): boolean => path.includes('X-Amz-Signature');
  const once = (matches: (seen: Seen) => boolean, fault: Fault) => {
    let done = false;
    return (seen: Seen): Fault | undefined => {
      if (done || !matches(seen)) return undefined;
      done = true;
      return fault;
    };
  };
  const keysOf = async (key: string): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await bucket.objects())
        .filter((object) => object.key.startsWith(key))
        .map((object) => [object.key.slice(key.length), object.size]),
    );
  const LARGE = { '/model/MLmodel': 12, '/model/native/größe 1.bin': 17 * MIB + 3 };

  storeContract('with every file past the server', () => open());

  test('a large file goes in parts straight to S3, and parts that are refused for now are sent again', async () => {
    const { artifacts, key } = await newRun();
    const { source, large } = model();
    const busy = { status: 503, body: '<Error><Code>SlowDown</Code><Message>later</Message></Error>' };
    proxy.fault = once(({ path }) => path.includes('partNumber=2'), busy);
    await artifacts.upload(source, 'model');
    const parts = proxy.seen.filter((seen) => isSigned(seen) && seen.path.includes('gr%C3%B6%C3%9Fe'));
    const numbers = parts.map(({ path }) => Number(new URLSearchParams(path.split('?')[1]).get('partNumber')));
    expect(numbers.sort()).toEqual([1, 2, 2, 3, 4]);
    expect(await keysOf(key)).toEqual(LARGE);
    expect(await bucket.underWay()).toEqual([]);
    const fetched = await artifacts.fetch('model', join(folder, 'sent'));
    expect(readFileSync(join(fetched, 'native', 'größe 1.bin')).equals(large)).toBe(true);
  });

  test('a large file comes in ranges straight from S3, gone on with where cut and signed anew where refused', async () => {
    const { artifacts } = await newRun();
    const { source, large } = model();
    await artifacts.upload(source, 'model');
    proxy.seen.length = 0;
    const expired = {
      status: 403,
      body: '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>',
    };
    const faults = [
      once(({ range }) => range === `bytes=${4 * MIB}-${8 * MIB - 1}`, { cutAfter: MIB }),
      once(({ range }) => range === `bytes=${8 * MIB}-${12 * MIB - 1}`, expired),
    ];
    proxy.fault = (seen) => (isSigned(seen) ? faults.map((fault) => fault(seen)).find(Boolean) : undefined);
    const fetched = await artifacts.fetch('model', join(folder, 'ranges'));
    expect(readFileSync(join(fetched, 'native', 'größe 1.bin')).equals(large)).toBe(true);
    const ranges = proxy.seen.filter(isSigned).map(({ range }) => range);
    expect(ranges).toContain(`bytes=${5 * MIB}-${8 * MIB - 1}`);
    expect(ranges.filter((range) => range === `bytes=${8 * MIB}-${12 * MIB - 1}`)).toHaveLength(2);
  });

  test('where only the server can reach S3, everything goes through it, and no parts are left behind', async () => {
    const { artifacts, key } = await newRun();
    const { source, large } = model();
    const denied = { status: 403, body: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' };
    proxy.fault = (seen) => (isSigned(seen) ? denied : undefined);
    await artifacts.upload(source, 'model');
    expect(await keysOf(key)).toEqual(LARGE);
    expect(await bucket.underWay()).toEqual([]);
    const fetched = await artifacts.fetch('model', join(folder, 'through'));
    expect(readFileSync(join(fetched, 'native', 'größe 1.bin')).equals(large)).toBe(true);
  });

  test('a run that is being stopped takes its upload back', async () => {
    const stopping = new AbortController();
    const { artifacts, key } = await newRun(stopping.signal);
    const { source } = model();
    proxy.fault = (seen) => {
      if (seen.path.includes('partNumber=2')) stopping.abort();
      return undefined;
    };
    await expect(artifacts.upload(source, 'model')).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(await keysOf(key)).toEqual({});
    expect(await bucket.underWay()).toEqual([]);
  });
});
