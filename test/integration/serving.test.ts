import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Column, Table } from '../../src/data/table.ts';
import type { Model } from '../../src/model/load-model.ts';
import { openPredictionLog, type PredictionLog, readPredictionLog } from '../../src/serving/prediction-log.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../src/serving/server.ts';
import { writeSmallModel } from '../tools/small-model.ts';

interface Capture {
  readonly name: string;
  readonly request: { method: string; path: string; content_type: string | null; body: string | null };
  readonly response: { status: number; headers: Record<string, string>; body: unknown };
}

const captures = (file: string): Capture[] =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/serving', file), 'utf8'));

const scratch = (): string => mkdtempSync(join(tmpdir(), 'serving-'));
const COLORS = ['red', 'green', 'blue', 'très-bleu'];

/** Rows for a model with the columns of the captured requests. */
function mixedRows(count: number): Table {
  const rows = Array.from({ length: count }, (_, i) => i);
  const numbers = (name: string, value: (i: number) => number): Column => {
    const values = Float64Array.from(rows, value);
    return { kind: 'numeric', name, values, integer: values.every(Number.isSafeInteger) };
  };
  const texts = (name: string, categories: readonly string[], code: (i: number) => number): Column => ({
    kind: 'categorical',
    name,
    categories,
    codes: Int32Array.from(rows, code),
  });
  return {
    nRows: count,
    columns: [
      numbers('age (years)', (i) => 20 + ((i * 7) % 60) + 0.5),
      numbers('income', (i) => 10_000 + ((i * 7919) % 50_000) + 0.5),
      numbers('score', (i) => ((i * 13) % 100) / 100),
      numbers('visits', (i) => (i * 3) % 11),
      texts('color', COLORS, (i) => i % 4),
      texts('region', ['n', 's'], (i) => (i >> 2) % 2),
      texts('label', ['high', 'low', 'mid'], (i) => ((i * 13) % 100 > 60 ? 0 : i % 4 === 0 ? 1 : 2)),
    ],
  };
}

const running: RunningServer[] = [];
const warnings: string[] = [];
async function start(model: Model, more: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const log = { info: () => {}, warn: (message: string) => warnings.push(message) };
  const server = await startServer({
    load: async () => model,
    name: 'small',
    version: 4,
    host: '127.0.0.1',
    port: 0,
    log,
    ...more,
  });
  running.push(server);
  return server;
}

const post = (server: RunningServer, path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

let mixed: Model;
let numbersOnly: Model;
beforeAll(async () => {
  const folder = scratch();
  const table = mixedRows(400);
  mixed = await writeSmallModel(join(folder, 'mixed'), table, 'label', { nEstimators: 10 });
  const numeric = table.columns.slice(0, 4).map((column, i) => ({ ...column, name: 'abcd'[i]! }));
  numbersOnly = await writeSmallModel(
    join(folder, 'numbers'),
    { nRows: 400, columns: [...numeric, table.columns[6]!] },
    'label',
    { nEstimators: 5 },
  );
});
afterEach(() => void warnings.splice(0));
afterAll(() => Promise.all(running.map((server) => server.close())));

/** What a capture asks, asked again; without a content type where it had none, which `fetch` cannot. */
function ask(url: string, { request: asked, name }: Capture) {
  // Captured as Python shows bytes.
  const body = name === 'invalid utf8' ? Buffer.from('{"dataframe_records":"\xff"}', 'latin1') : asked.body;
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const headers = asked.content_type === null ? {} : { 'content-type': asked.content_type };
    const sent = request(url + asked.path, { method: asked.method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, text }));
    });
    sent.on('error', reject).end(body ?? undefined);
  });
}

describe.each([
  ['a model of numbers and texts', 'mixed.json', () => mixed],
  ['a model of numbers', 'numbers.json', () => numbersOnly],
])('every request that MLflow’s server was asked, to %s', (_, file, model) => {
  it('is answered in the same form', async () => {
    const server = await start(model());
    /** What MLflow answers alike, the same rows, is answered alike. */
    const rowOf = new Map<string, string>();
    for (const capture of captures(file)) {
      const { status, headers, text } = await ask(server.url, capture);
      const theirs = capture.response;
      const seen = { name: capture.name, status };
      if (capture.name === 'no content type') {
        // MLflow fails with a 500 here.
        expect(seen).toEqual({ ...seen, status: 415 });
        continue;
      }
      expect(seen).toEqual({ ...seen, status: theirs.status });
      expect(headers.allow).toBe(theirs.headers.allow);
      // JSON here even where theirs is plain text.
      expect(headers['content-type']).toBe('application/json');
      if (capture.request.method === 'HEAD') continue;
      if (theirs.status === 415) expect(JSON.parse(text)).toMatchObject({ error_code: 'UNSUPPORTED_MEDIA_TYPE' });
      else if (isRecord(theirs.body) && 'error_code' in theirs.body) {
        const { error_code, sqlstate, error_class } = theirs.body;
        const ours = JSON.parse(text);
        expect({ name: capture.name, ...ours }).toMatchObject({
          name: capture.name,
          error_code,
          sqlstate,
          error_class,
        });
        expect(ours).not.toHaveProperty('stack_trace');
      } else if (isRecord(theirs.body) && 'predictions' in theirs.body) {
        const { predictions } = JSON.parse(text);
        const expected = theirs.body.predictions as unknown[];
        expect(predictions).toHaveLength(expected.length);
        for (const [i, row] of expected.entries()) {
          // The order of the keys as well.
          if (isRecord(row)) expect(Object.keys(predictions[i])).toEqual(Object.keys(row));
          const key = JSON.stringify(row);
          expect([capture.name, rowOf.get(key) ?? JSON.stringify(predictions[i])]).toEqual([
            capture.name,
            JSON.stringify(predictions[i]),
          ]);
          rowOf.set(key, JSON.stringify(predictions[i]));
        }
      } else expect(typeof theirs.body === 'string' ? text : JSON.parse(text)).toEqual(theirs.body);
    }
  });
});

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const RECORD = { 'age (years)': 41.5, income: 22_000.5, score: 0.25, visits: 3, color: 'red', region: 'n' };

describe('predictions over HTTP', () => {
  it('are those of the model, in both protocols', async () => {
    const server = await start(mixed);
    const { labels, probabilities, classes } = mixed.predict(mixed.golden.input) as Extract<
      ReturnType<Model['predict']>,
      { task: 'classification' }
    >;
    const expected = Array.from(labels, (label, row) => ({
      prediction: classes[label],
      ...Object.fromEntries(classes.map((c, k) => [`probability_${c}`, probabilities[row * classes.length + k]])),
    }));
    const example = readFileSync(join(mixed.directory, 'serving_input_example.json'));
    expect(await (await post(server, '/invocations', example)).json()).toEqual({ predictions: expected });
    const split = JSON.parse(example.toString()).dataframe_split as { columns: string[]; data: unknown[][] };
    const records = split.data.map((row) => Object.fromEntries(row.map((cell, i) => [split.columns[i]!, cell])));
    const answer = await post(server, '/predict', JSON.stringify(records));
    const id = answer.headers.get('x-request-id');
    expect(await answer.json()).toEqual({
      request_id: id,
      model_name: 'small',
      model_version: 4,
      predictions: expected,
    });
    const one = (await (await post(server, '/predict', JSON.stringify(records[0]))).json()) as { request_id: string };
    expect(one).toEqual({ request_id: one.request_id, model_name: 'small', model_version: 4, ...expected[0] });
  });

  it('are refused with every fault of a strict request', async () => {
    const server = await start(mixed);
    const answer = await post(server, '/predict', JSON.stringify({ ...RECORD, visits: 'many', colour: 'red' }));
    expect(answer.status).toBe(400);
    const faults = [
      'visits: "many", expected a whole number',
      'colour: the model has no such column. Did you mean "color"?',
    ];
    expect(await answer.json()).toEqual({
      error_code: 'INPUT_INVALID',
      message: faults.join('\n'),
      faults,
      request_id: answer.headers.get('x-request-id'),
    });
  });

  it('need the token, if there is one; the health of the server does not', async () => {
    const server = await start(mixed, { token: 'open sesame'.replace(' ', '-') });
    const body = JSON.stringify(RECORD);
    const refused = await post(server, '/predict', body, { authorization: 'Bearer open' });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await refused.json()).toMatchObject({ error_code: 'UNAUTHENTICATED' });
    expect((await post(server, '/invocations', body)).status).toBe(401);
    expect((await post(server, '/predict', body, { authorization: 'Bearer open-sesame' })).status).toBe(200);
    expect((await fetch(`${server.url}/ping`)).status).toBe(200);
  });

  it('have a limit of size, and are not unpacked', async () => {
    const server = await start(mixed);
    const large = await post(server, '/invocations', Buffer.alloc(33 * 1024 * 1024, ' '));
    expect(large.status).toBe(413);
    expect(await large.json()).toMatchObject({ error_code: 'REQUEST_TOO_LARGE' });
    expect((await post(server, '/invocations', '{}', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it('that fail tell the log why, and the caller only that they did', async () => {
    const broken: Model = {
      ...mixed,
      predict: () => {
        throw new Error('secret detail');
      },
    };
    const server = await start(broken);
    const answer = await post(server, '/predict', JSON.stringify(RECORD));
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ error_code: 'INTERNAL_ERROR' });
    expect(text).not.toMatch(/secret|\.ts/);
    expect(warnings.join()).toContain('secret detail');
  });

  it('go on while garbage comes in', async () => {
    const server = await start(mixed);
    const { port } = new URL(server.url);
    for (const garbage of [
      'GARBAGE\r\n\r\n',
      'POST /predict HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    ]) {
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => socket.write(garbage));
        let text = '';
        socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        socket.on('error', () => {}).on('close', () => resolve(text));
      });
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect((await post(server, '/predict', `${'['.repeat(100_000)}${']'.repeat(100_000)}`)).status).toBe(400);
    expect((await post(server, '/predict', JSON.stringify(RECORD))).status).toBe(200);
  });
});

describe('a server', () => {
  it('says when its port is taken, and where it listens for all', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    await expect(start(mixed, { port })).rejects.toMatchObject({
      code: 'PORT_UNAVAILABLE',
      message: `127.0.0.1:${port} cannot be listened on: another program listens there`,
    });
    other.close();
    await expect(start(mixed, { host: '192.0.2.1' })).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE' });
    expect(warnings).toEqual([]);
  });

  it('answers what is under way before it ends, and nothing after', async () => {
    const server = await start(mixed);
    const { port } = new URL(server.url);
    const body = JSON.stringify(RECORD);
    const head = `POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    let text = '';
    const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8');
    socket.on('data', (piece: string) => (text += piece));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await new Promise<void>((resolve) => socket.write(head + body.slice(0, 10), () => resolve()));
    await fetch(`${server.url}/ping`);
    const ended = server.close();
    expect(server.close()).toBe(ended);
    socket.write(body.slice(10));
    await ended;
    await closed;
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*"prediction":/);
    await expect(fetch(`${server.url}/ping`)).rejects.toThrow('fetch failed');
  });
});

describe('the prediction log of a server', () => {
  const open = (path: string): PredictionLog =>
    openPredictionLog(path, { model: 'small', version: 4, digest: mixed.digest, now: () => 1_700_000_000_000 });

  it('has what was asked and answered, with the key that labels are joined by', async () => {
    const path = join(scratch(), 'predictions.db');
    const server = await start(mixed, { predictionLog: open(path), keyColumns: ['order'] });
    const invocations = { dataframe_records: [{ ...RECORD, order: 7, other: 'x' }, RECORD] };
    await post(server, '/invocations', JSON.stringify(invocations));
    await post(server, '/predict', JSON.stringify({ ...RECORD, color: 'blue', order: 8 }));
    expect((await post(server, '/predict', '{}')).status).toBe(400);
    await server.close();
    const { table, predictions, times } = await readPredictionLog(path, { model: mixed, name: 'small' });
    expect(table.columns.map((column) => column.name)).toEqual([...Object.keys(RECORD), 'order']);
    expect((table.columns[6] as { values: Float64Array }).values).toEqual(Float64Array.of(7, Number.NaN, 8));
    expect(predictions).toEqual(mixed.predict(table));
    expect([...times]).toEqual([1_700_000_000_000, 1_700_000_000_000, 1_700_000_000_000]);
  });

  it('that cannot be written is said once, and then how much was lost; requests are answered all the same', async () => {
    const whole = open(join(scratch(), 'predictions.db'));
    const server = await start(mixed, {
      predictionLog: { ...whole, write: () => Promise.reject(new Error('no space left')) },
    });
    for (let i = 0; i < 3; i++) {
      expect((await post(server, '/predict', JSON.stringify([RECORD, RECORD]))).status).toBe(200);
    }
    await server.close();
    expect(warnings).toEqual([
      'predictions wait to be logged: no space left',
      '6 predictions were not logged: the log could not keep up',
    ]);
  });
});
