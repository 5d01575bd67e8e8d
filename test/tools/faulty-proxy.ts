import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly range: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Bytes of the body that went back. */
  bytes: number;
}

/** What happens to a request: an answer of the proxy's own, or the connection is cut behind so many bytes of the body (-1: before the answer). */
export type Fault =
  | { readonly status: number; readonly body: string }
  | { readonly cutAfter: number }
  | { readonly flipAt: number };

export interface FaultyProxy {
  readonly url: string;
  readonly seen: Seen[];
  /** Asked for each request, before it is passed on. */
  fault: (seen: Seen) => Fault | undefined | Promise<Fault | undefined>;
  stop(): Promise<void>;
}

/** Passes HTTP requests on to a server, as they are, and fails as it is told to. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const { hostname, port } = new URL(target);
  const seen: Seen[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { method = '', url: path = '', headers } = incoming;
    const entry: Seen = { method, path, range: headers.range, headers, bytes: 0 };
    seen.push(entry);
    const fault = await proxy.fault(entry);
    if (fault && 'status' in fault) {
      incoming.resume();
      outgoing.writeHead(fault.status, { 'content-type': 'application/xml' }).end(fault.body);
      return;
    }
    const onward = request(
      { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers },
      (answer) => {
        if (fault && 'cutAfter' in fault && fault.cutAfter < 0) {
          answer.resume();
          outgoing.destroy();
          return;
        }
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.on('data', (chunk: Buffer) => {
          let passed = chunk;
          if (fault && 'flipAt' in fault && fault.flipAt >= entry.bytes && fault.flipAt < entry.bytes + chunk.length) {
            chunk[fault.flipAt - entry.bytes]! ^= 1;
          }
          if (fault && 'cutAfter' in fault && entry.bytes + chunk.length > fault.cutAfter) {
            passed = chunk.subarray(0, fault.cutAfter - entry.bytes);
            entry.bytes += passed.length;
            answer.destroy();
            outgoing.write(passed, () => outgoing.destroy());
            return;
          }
          entry.bytes += passed.length;
          if (!outgoing.write(passed)) {
            answer.pause();
            outgoing.once('drain', () => answer.resume());
          }
        });
        answer.on('end', () => outgoing.end());
      },
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    fault: () => undefined,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
