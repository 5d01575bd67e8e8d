import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect as connectTo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { RestClient } from '../../../src/tracking/rest/rest-client.ts';
import { describeWith } from '../../tools/require-tool.ts';
import { mustRun, runProgram } from '../../tools/run-program.ts';

const RETRY = { attempts: 1, firstDelayMs: 1, mostDelayMs: 1, budgetMs: 20_000 };
const value = z.object({ value: z.number() });

let open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open) one.close();
  open = [];
});

async function listening(server: Server): Promise<number> {
  open.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

function get(url: string, env: Record<string, string>): Promise<{ value: number }> {
  const client = new RestClient({ url, credential: (name) => env[name], retry: RETRY });
  open.push(client);
  return client.get('x', {}, value);
}

/** A forward proxy that notes what it is asked for. */
async function startProxy(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const onward = httpRequest(request.url!, { method: request.method!, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  proxy.on('connect', ({ url }, socket, head) => {
    asked.push(`CONNECT ${url}`);
    const { hostname, port } = new URL(`tcp://${url}`);
    const onward = connectTo(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    open.push({ close: () => onward.destroy() });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  return { url: `http://127.0.0.1:${await listening(proxy)}`, asked };
}

describe('a proxy', () => {
  test('is used for http, and not for hosts that are excepted', async () => {
    const port = await listening(createServer((_, response) => response.end('{"value":1}')));
    const { url: proxy, asked } = await startProxy();
    const url = `http://127.0.0.1:${port}`;
    expect(await get(url, { HTTP_PROXY: proxy })).toEqual({ value: 1 });
    expect(await get(url, { http_proxy: proxy, HTTPS_PROXY: 'http://127.0.0.1:1' })).toEqual({ value: 1 });
    expect(asked).toEqual([`GET ${url}/api/2.0/x`, `GET ${url}/api/2.0/x`]);
    expect(await get(url, { HTTP_PROXY: proxy, NO_PROXY: '127.0.0.1' })).toEqual({ value: 1 });
    expect(asked).toHaveLength(2);
  });
});

describeWith(['openssl'], 'https', () => {
  let directory: string;
  let certificate: string;
  const start = () => {
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(directory, name)));
    return listening(createHttpsServer({ key: key!, cert: cert! }, (_, response) => response.end('{"value":1}')));
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'tls-'));
    certificate = join(directory, 'cert.pem');
    await mustRun('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', join(directory, 'key.pem'), '-out', certificate],
    ]);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('trusts the certificates that MLFLOW_TRACKING_SERVER_CERT_PATH names, through a tunnel too', async () => {
    const url = `https://127.0.0.1:${await start()}`;
    const env = { MLFLOW_TRACKING_SERVER_CERT_PATH: certificate };
    expect(await get(url, env)).toEqual({ value: 1 });
    const { url: proxy, asked } = await startProxy();
    expect(await get(url, { ...env, HTTPS_PROXY: proxy })).toEqual({ value: 1 });
    expect(asked).toEqual([`CONNECT ${new URL(url).host}`]);
  });

  test('shows the server the certificate that MLFLOW_TRACKING_CLIENT_CERT_PATH names, and says so when it wants one', async () => {
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(directory, name)));
    const own = join(directory, 'own.pem');
    writeFileSync(own, `${cert}${key}`);
    const options = { key: key!, cert: cert!, ca: cert!, requestCert: true, rejectUnauthorized: true };
    const url = `https://127.0.0.1:${await listening(createHttpsServer(options, (_, response) => response.end('{"value":1}')))}`;
    const env = { MLFLOW_TRACKING_SERVER_CERT_PATH: certificate };
    expect(await get(url, { ...env, MLFLOW_TRACKING_CLIENT_CERT_PATH: own })).toEqual({ value: 1 });
    await expect(get(url, env)).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('MLFLOW_TRACKING_CLIENT_CERT_PATH'),
    });
  });

  test('trusts the certificates that NODE_EXTRA_CA_CERTS names', async () => {
    const url = `https://127.0.0.1:${await start()}`;
    const program = `
      import { z } from 'zod';
      import { RestClient } from ${JSON.stringify(new URL('../../../src/tracking/rest/rest-client.ts', import.meta.url))};
      const client = new RestClient({ url: ${JSON.stringify(url)}, credential: () => undefined });
      console.log(JSON.stringify(await client.get('x', {}, z.object({ value: z.number() }))));
      client.close();`;
    const ran = await runProgram(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
    });
    expect(ran).toMatchObject({ status: 0, stdout: '{"value":1}\n' });
  });

  test('refuses a certificate that nobody vouches for, and says which variables help', async () => {
    const url = `https://127.0.0.1:${await start()}`;
    await expect(get(url, {})).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringMatching(
        /the certificate of the server is not trusted \(.*\)\. .* MLFLOW_TRACKING_SERVER_CERT_PATH or NODE_EXTRA_CA_CERTS$/,
      ),
    });
    const env = { MLFLOW_TRACKING_SERVER_CERT_PATH: join(directory, 'none.pem') };
    expect(() => get(url, env)).toThrow(/MLFLOW_TRACKING_SERVER_CERT_PATH is ".*none.pem", which cannot be read/);
  });
});
