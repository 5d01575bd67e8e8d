import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { MlopsError } from '../../../src/errors/mlops-error.ts';
import { RestClient, type RestClientOptions } from '../../../src/tracking/rest/rest-client.ts';

const RETRY = { attempts: 3, firstDelayMs: 5, mostDelayMs: 20, budgetMs: 20_000 };
const value = z.object({ value: z.number() });
const ONCE = { repeatable: false };
const REPEATABLE = { repeatable: true };

interface Seen {
  readonly line: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

let servers: Server[];
let clients: RestClient[];
let directory: string;
beforeEach(() => {
  [servers, clients] = [[], []];
  directory = mkdtempSync(join(tmpdir(), 'rest-'));
});
afterEach(() => {
  for (const client of clients) client.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(directory, { recursive: true, force: true });
});

async function listen(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A server that gives the answers one after another, the last one again and again. */
async function answering(...answers: Answer[]): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const { url } = await listen(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = answers[Math.min(seen.length, answers.length - 1)]!;
    seen.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization, body });
    answer(response, request);
  });
  return { url, seen };
}

const says =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  };
const ok = says(200, { value: 1 });
const busy = says(503, 'try later');
const hangUp: Answer = (response) => response.destroy();

function client(url: string, options: Partial<RestClientOptions> & { env?: Record<string, string> } = {}): RestClient {
  const { env = {}, ...rest } = options;
  const made = new RestClient({ url, credential: (name) => env[name], retry: RETRY, ...rest });
  clients.push(made);
  return made;
}

const failure = (promise: Promise<unknown>): Promise<MlopsError> =>
  promise.then(
    () => {
      throw new Error('did not fail');
    },
    (error) => error,
  );

describe('requests', () => {
  test('carry names in the query and bodies as JSON, and answers are read', async () => {
    const { url, seen } = await answering(ok);
    const query = { name: 'a b&ü%+', order: ['x', 'y z'], none: undefined };
    expect(await client(url).get('mlflow/x/get', query, value)).toEqual({ value: 1 });
    await client(`${url}/mlflow`).send('POST', 'mlflow/x/set', { name: 'ü', n: 1 }, value, ONCE);
    expect(seen.map(({ line, body }) => [line, body])).toEqual([
      ['GET /api/2.0/mlflow/x/get?name=a+b%26%C3%BC%25%2B&order=x&order=y+z', ''],
      ['POST /mlflow/api/2.0/mlflow/x/set', '{"name":"ü","n":1}'],
    ]);
  });

  test('log in with a name and a password, else with a token, else not at all', async () => {
    const { url, seen } = await answering(ok);
    const login = { MLFLOW_TRACKING_USERNAME: 'ada', MLFLOW_TRACKING_PASSWORD: 'pass word' };
    const token = { MLFLOW_TRACKING_TOKEN: 'token-1' };
    for (const env of [login, token, { ...login, ...token }, {}]) await client(url, { env }).get('x', {}, value);
    const basic = `Basic ${Buffer.from('ada:pass word').toString('base64')}`;
    expect(seen.map(({ authorization }) => authorization)).toEqual([basic, 'Bearer token-1', basic, undefined]);
  });
});

describe('what passes', () => {
  test('is tried again when repeating is safe', async () => {
    const { url, seen } = await answering(busy, hangUp, ok);
    expect(await client(url).send('POST', 'x', { n: 1 }, value, REPEATABLE)).toEqual({ value: 1 });
    expect(seen.map(({ body }) => body)).toEqual(['{"n":1}', '{"n":1}', '{"n":1}']);
  });

  test.each([
    ['a busy server', busy],
    ['a lost connection', hangUp],
  ])('is not tried again after %s when the request may have been done', async (_, answer) => {
    const { url, seen } = await answering(answer, ok);
    const error = await failure(client(url).send('POST', 'x', {}, value, ONCE));
    expect(error).toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(error.message).toContain('Whether the server has done it is not known: look there before running again');
    expect(seen).toHaveLength(1);
  });

  test('is tried again for every request when the server says that it takes none for now', async () => {
    const { url, seen } = await answering(says(429, '', { 'retry-after': '0' }), ok);
    expect(await client(url).send('POST', 'x', {}, value, ONCE)).toEqual({ value: 1 });
    expect(seen).toHaveLength(2);
  });

  test('ends with what the server said and how often it was tried', async () => {
    const { url, seen } = await answering(says(500, { error_code: 'INTERNAL_ERROR', message: 'no disk' }));
    expect(await failure(client(url).get('x', {}, value))).toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: `${url}: GET /api/2.0/x was answered with 500 Internal Server Error: no disk (tried 3 times)`,
    });
    expect(seen).toHaveLength(3);
  });

  test('is not waited for beyond the time budget', async () => {
    const { url, seen } = await answering(says(429, '', { 'retry-after': '3600' }));
    expect(await failure(client(url).get('x', {}, value))).toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(seen).toHaveLength(1);
  });

  test('names a server that is not there', async () => {
    const { url, server } = await listen(() => undefined);
    server.close();
    const error = await failure(client(url).send('POST', 'x', {}, value, ONCE));
    expect(error.code).toBe('STORE_UNREACHABLE');
    expect(error.message).toMatch(/POST \/api\/2\.0\/x failed: .*ECONNREFUSED.* \(tried 3 times\)$/);
  });

  test('includes an answer that does not come in time', async () => {
    const { url, seen } = await answering(() => undefined);
    const error = await failure(client(url, { attemptTimeoutMs: 30 }).get('x', {}, value));
    expect(error.message).toBe(`${url}: GET /api/2.0/x failed: no answer in time (tried 3 times)`);
    // On a busy machine the time may be over before a request has come here.
    expect(seen.length).toBeLessThanOrEqual(3);
  });
});

describe('what is refused', () => {
  test.each([
    [
      400,
      { error_code: 'INVALID_PARAMETER_VALUE', message: 'bad name' },
      {},
      'was answered with 400 Bad Request: bad name',
    ],
    [
      401,
      'no',
      {},
      'was answered with 401 Unauthorized: no. The server asks for a login: set MLFLOW_TRACKING_USERNAME',
    ],
    [403, { error_code: 'PERMISSION_DENIED', message: 'not yours' }, {}, 'not yours. This login may not do that'],
    [
      403,
      'Invalid Host header - possible DNS rebinding attack detected',
      {},
      'Name this host in --allowed-hosts when the server is started',
    ],
    [
      404,
      '<html><style>x{}</style><h1>Not Found</h1></html>',
      {},
      'was answered with 404 Not Found: Not Found. The toolkit needs MLflow 3.0 or newer',
    ],
    [
      301,
      '',
      { location: 'https://other.example/ml/api/2.0/x?token=t' },
      'was answered with 301 Moved Permanently. It redirects to https://other.example/ml: use that as the URI',
    ],
  ])('is told with what the server said: %i', async (status, body, headers, message) => {
    const { url, seen } = await answering(says(status, body, headers as Record<string, string>));
    const error = await failure(client(url).get('x', {}, value));
    expect(error).toMatchObject({
      code: 'STORE_REFUSED',
      status,
      errorCode: typeof body === 'string' ? '' : body.error_code,
    });
    expect(error.message).toContain(message);
    expect(seen).toHaveLength(1);
  });

  test.each([
    ['<html><body>Please sign in</body></html>', 'no JSON: <html><body>Please sign in</body></html>'],
    ['', 'no JSON: nothing'],
    ['{"value":"1"}', 'JSON of another form (value: Invalid input: expected number, received string)'],
  ])('includes an answer that is not one of MLflow: %s', async (body, why) => {
    const { url } = await answering(says(200, body));
    expect(await failure(client(url).get('x', {}, value))).toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: `${url}: GET /api/2.0/x was answered with ${why}. Is an MLflow server at this address?`,
    });
  });

  test.each([
    ['a refusal', 400],
    ['a failure', 500],
    ['a page', 200],
  ])('never shows a secret that the server sends back: %s', async (_, status) => {
    const { url } = await answering((response, request) =>
      says(status, `<p>${request.headers.authorization} pass-word ${encodeURIComponent('pass-wörd')}</p>`)(
        response,
        request,
      ),
    );
    for (const env of [
      { MLFLOW_TRACKING_USERNAME: 'ada1', MLFLOW_TRACKING_PASSWORD: 'pass-word' },
      { MLFLOW_TRACKING_TOKEN: 'pass-wörd' },
    ]) {
      const error = await failure(client(url, { env }).get('x', {}, value));
      const shown = `${error.message} ${inspect(error, { depth: 10, showHidden: true })} ${JSON.stringify(error)}`;
      expect(shown).toContain('***');
      for (const secret of ['ada1:', btoa('ada1:pass-word'), env.MLFLOW_TRACKING_PASSWORD, env.MLFLOW_TRACKING_TOKEN])
        if (secret !== undefined) expect(shown).not.toContain(secret);
    }
  });
});

describe('an interrupted run', () => {
  test('ends the request under way and the waits, but still records how it ended', async () => {
    const stop = new AbortController();
    const { url } = await answering(() => stop.abort(), ok);
    const stopped = client(url, { signal: stop.signal });
    expect(await failure(stopped.get('x', {}, value))).toMatchObject({ code: 'INTERRUPTED' });
    expect(await failure(stopped.get('x', {}, value))).toMatchObject({ code: 'INTERRUPTED' });
    expect(await stopped.send('POST', 'x', {}, value, { repeatable: true, evenIfStopped: true })).toEqual({ value: 1 });
    const waiting = new AbortController();
    const { url: busyUrl } = await answering((response, request) => {
      setTimeout(() => waiting.abort(), 20);
      says(429, '', { 'retry-after': '10' })(response, request);
    });
    const slow = client(busyUrl, { signal: waiting.signal });
    expect(await failure(slow.get('x', {}, value))).toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('files', () => {
  const cutOff: Answer = (response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('12345', () => response.destroy());
  };

  test('are sent again whole when the server was busy', async () => {
    const { url, seen } = await answering(busy, ok);
    const file = join(directory, 'a.bin');
    writeFileSync(file, 'x'.repeat(300_000));
    await client(url).upload('files/a.bin', file);
    expect(seen.map(({ line, body }) => [line, body.length])).toEqual([
      ['PUT /api/2.0/files/a.bin', 300_000],
      ['PUT /api/2.0/files/a.bin', 300_000],
    ]);
  });

  test('come whole after a connection was lost, or not at all', async () => {
    const file = join(directory, 'new', 'a.txt');
    const { url } = await answering(cutOff, says(200, '1234567890'));
    await client(url).download('files/a.txt', file);
    expect(readFileSync(file, 'utf8')).toBe('1234567890');
    rmSync(file);
    const { url: broken, seen } = await answering(cutOff);
    const error = await failure(client(broken).download('files/a.txt', file));
    expect(error).toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(seen).toHaveLength(3);
    expect(readdirSync(join(directory, 'new'))).toEqual([]);
  });

  test('are given up when nothing moves any more', async () => {
    const { url } = await answering((response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('12345');
    });
    const error = await failure(client(url, { idleMs: 30 }).download('files/a.txt', join(directory, 'a.txt')));
    expect(error.message).toBe(`${url}: GET /api/2.0/files/a.txt failed: nothing moved for 0.03 s (tried 3 times)`);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('that cannot be read or written here are no fault of the server', async () => {
    const { url } = await answering(ok);
    const missing = join(directory, 'missing');
    expect(await failure(client(url).upload('x', missing))).toMatchObject({ code: 'ENOENT', path: missing });
    writeFileSync(join(directory, 'file'), '');
    expect(await failure(client(url).download('x', join(directory, 'file', 'x')))).toMatchObject({ code: 'EEXIST' });
    expect(existsSync(join(directory, 'file', 'x'))).toBe(false);
  });
});
