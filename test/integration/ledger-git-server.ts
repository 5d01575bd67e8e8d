import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { mustRun } from '../tools/run-program.ts';

export interface GitServer {
  readonly url: string;
  /** What was sent in `Authorization: basic`, in its order. */
  logins(): readonly string[];
  /** From now on every push is answered with 403, as for a token that may only read. */
  refusePushes(): void;
  stop(): Promise<void>;
}

/** The repositories of a folder over HTTP, by git's own CGI program, for one login. */
export async function startGitServer(folder: string, { login }: { login: string }): Promise<GitServer> {
  const program = join((await mustRun('git', ['--exec-path'])).trim(), 'git-http-backend');
  const logins: string[] = [];
  let readOnly = false;
  const server = createServer((request, response) => {
    const given = /^basic (.*)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (given !== undefined) logins.push(given);
    if (given !== login) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    } else if (readOnly && request.url!.includes('git-receive-pack')) {
      response.writeHead(403).end();
    } else answer(program, folder, request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    logins: () => logins,
    refusePushes: () => {
      readOnly = true;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One request as CGI (RFC 3875). */
function answer(program: string, folder: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url!, 'http://127.0.0.1');
  const child = spawn(program, {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      REMOTE_USER: 'ada',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.on('close', () => {
    const output = Buffer.concat(parts);
    const end = output.indexOf('\r\n\r\n');
    const headers = output.subarray(0, end).toString().split('\r\n');
    let status = 200;
    for (const line of headers) {
      const [name, value] = [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()];
      if (name.toLowerCase() === 'status') status = Number(value.slice(0, 3));
      else response.appendHeader(name, value);
    }
    response.statusCode = status;
    response.end(output.subarray(end + 4));
  });
}
