import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { SignedTransfers } from '../../../src/tracking/rest/signed-transfers.ts';

const SIGNATURE = 'c0ffee5ec2e7';
const LOGIN = { MLFLOW_TRACKING_TOKEN: 'token-of-the-server' };
const bytes = Buffer.from('part of a model');

let server: Server | undefined;
let transfers: SignedTransfers;
afterEach(() => {
  transfers.close();
  server?.closeAllConnections();
  server?.close();
});

/** A store that answers so; the signed address of an object in it. */
async function store(listener: RequestListener) {
  server = createServer(listener);
  await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  transfers = new SignedTransfers({
    credential: (name) => (LOGIN as Record<string, string>)[name],
    signal: undefined,
    retry: { attempts: 3, firstDelayMs: 1, mostDelayMs: 2, budgetMs: 20_000 },
    idleMs: 20_000,
  });
  return {
    host,
    signed: { url: `${host}/bucket/a%20b?X-Amz-Signature=${SIGNATURE}`, headers: { 'x-ms-kind': 'block' } },
  };
}

const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => expect.fail('did not fail'),
    (error) => error,
  );

test('a part goes with its digest and the headers that were signed, without the login of the server', async () => {
  let seen: unknown;
  const { signed } = await store(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { authorization, 'content-md5': md5, 'content-type': type, 'x-ms-kind': kind } = request.headers;
    seen = { line: `${request.method} ${request.url}`, body, authorization, md5, type, kind };
    response.writeHead(201, { etag: '"tag"' }).end();
  });
  expect(await transfers.put(signed, bytes)).toBe('"tag"');
  expect(seen).toEqual({
    line: `PUT /bucket/a%20b?X-Amz-Signature=${SIGNATURE}`,
    body: String(bytes),
    authorization: undefined,
    md5: createHash('md5').update(bytes).digest('base64'),
    type: undefined,
    kind: 'block',
  });
});

test.each([
  [403, 'STORE_REFUSED', 'was answered with 403 Forbidden: SignatureDoesNotMatch: not so'],
  [
    500,
    'STORE_UNREACHABLE',
    'was answered with 500 Internal Server Error: SignatureDoesNotMatch: not so (tried 3 times)',
  ],
])('what a store refuses is told without the signature: %i', async (status, code, told) => {
  const { host, signed } = await store((request, response) => {
    request.resume();
    const inner = `<Code>SignatureDoesNotMatch</Code><Message>not so</Message><SignatureProvided>${SIGNATURE}</SignatureProvided>`;
    response.writeHead(status, { location: `/?X-Amz-Signature=${SIGNATURE}` }).end(`<Error>${inner}</Error>`);
  });
  for (const [method, work] of [
    ['PUT', () => transfers.put(signed, bytes)],
    ['GET', () => transfers.get(signed, { start: 0, end: 5 })],
  ] as const) {
    const error = await failure(work());
    expect(error).toMatchObject({ code, message: `${method} ${host}/bucket/a%20b ${told}` });
    expect(inspect(error, { depth: 10 })).not.toContain(SIGNATURE);
  }
});

test('a range is gone on with behind what came in, in the state that the first answer was of', async () => {
  const asked: unknown[] = [];
  const { signed } = await store((request, response) => {
    const { range, 'if-match': match } = request.headers;
    asked.push([range, match]);
    const start = Number(/\d+/.exec(range!)![0]);
    const headers = {
      'content-range': `bytes ${start}-9/${bytes.length}`,
      etag: '"tag"',
      'content-length': 10 - start,
    };
    response.writeHead(206, headers).write(bytes.subarray(start, start + 4), () => {
      if (start + 4 < 10) response.destroy();
      else response.end();
    });
  });
  const got = await transfers.get(signed, { start: 2, end: 10 });
  expect(got).toEqual({ bytes: bytes.subarray(2, 10), size: bytes.length, etag: '"tag"' });
  expect(asked).toEqual([
    ['bytes=2-9', undefined],
    ['bytes=6-9', '"tag"'],
  ]);
});

test('a store that answers a range with the whole object, and one that is not there, are told', async () => {
  const { host, signed } = await store((_, response) => response.end(bytes));
  expect(await failure(transfers.get(signed, { start: 2, end: 4 }))).toMatchObject({
    code: 'STORE_REFUSED',
    message: `GET ${host}/bucket/a%20b was answered with 200 OK: the store does not give parts of an object`,
  });
  server!.closeAllConnections();
  await new Promise((done) => server!.close(done));
  const error = await failure(transfers.put(signed, bytes));
  expect(error).toMatchObject({ code: 'STORE_UNREACHABLE' });
  expect(error.message).toMatch(
    /^PUT http:\/\/127\.0\.0\.1:\d+\/bucket\/a%20b failed: .*ECONNREFUSED.* \(tried 3 times\)$/,
  );
  expect(inspect(error, { depth: 10 })).not.toContain(SIGNATURE);
});
