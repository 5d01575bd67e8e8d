/**
 * A stand-in for the service that keeps artifacts of workflow runs, on a folder: version 4 of its Twirp interface, and as
 * much of Azure's block blobs as @actions/artifact uses.
 */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { ArtifactShelf, StoredArtifact } from './github-api/handlers.ts';

export interface ArtifactServiceStandIn extends ArtifactShelf {
  /** For `ACTIONS_RESULTS_URL` and `ACTIONS_RUNTIME_URL`, with a slash at its end. */
  readonly url: string;
  /** A value for `ACTIONS_RUNTIME_TOKEN` of a job of a run; act makes its own. */
  token(runId: string): string;
  /** The bytes of the artifact with this name, a ZIP archive unless it was stored as it is. */
  read(name: string): Buffer;
  stop(): Promise<void>;
}

interface Artifact {
  readonly id: number;
  readonly name: string;
  readonly runId: string;
  readonly blob: string;
  readonly mimeType: string;
  digest: string;
  size: number;
  finished: boolean;
}

interface Reply {
  readonly status: number;
  readonly body?: Buffer | object;
  readonly headers?: Readonly<Record<string, string | number>>;
}

/** Twirp requests with the keys of the .proto file; numbers and wrapped values come as text. */
interface TwirpRequest {
  readonly workflow_run_backend_id: string;
  readonly name: string;
  readonly mime_type?: string;
  readonly size?: string;
  readonly hash?: string;
  readonly name_filter?: string;
  readonly id_filter?: string;
}

export async function startArtifactService(folder: string): Promise<ArtifactServiceStandIn> {
  mkdirSync(folder, { recursive: true });
  const artifacts: Artifact[] = [];
  /** Blocks that were put and not yet committed, by blob and block id. */
  const blocks = new Map<string, Buffer>();
  let origin = '';

  const urlOf = (artifact: Artifact): string => `${origin}/blob/${artifact.blob}?sig=signature-of-the-test`;
  const find = (request: TwirpRequest): Artifact | undefined =>
    artifacts.find(({ name, runId }) => name === request.name && runId === request.workflow_run_backend_id);

  const twirp: Readonly<Record<string, (request: TwirpRequest) => Reply>> = {
    CreateArtifact(request) {
      if (find(request)) return twirpError(409, 'already_exists', 'an artifact with this name already exists');
      const artifact = {
        id: artifacts.length + 1,
        name: request.name,
        runId: request.workflow_run_backend_id,
        blob: randomUUID(),
        mimeType: request.mime_type ?? 'application/zip',
        digest: '',
        size: 0,
        finished: false,
      };
      artifacts.push(artifact);
      return { status: 200, body: { ok: true, signed_upload_url: urlOf(artifact) } };
    },
    FinalizeArtifact(request) {
      const artifact = find(request);
      if (!artifact) return twirpError(404, 'not_found', `no artifact ${request.name}`);
      const bytes = readFileSync(join(folder, artifact.blob));
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      if (request.hash !== digest) return twirpError(400, 'invalid_argument', `digest is ${digest}`);
      if (Number(request.size) !== bytes.length) return twirpError(400, 'invalid_argument', `size is ${bytes.length}`);
      Object.assign(artifact, { digest, size: bytes.length, finished: true });
      return { status: 200, body: { ok: true, artifact_id: String(artifact.id) } };
    },
    ListArtifacts(request) {
      const found = artifacts.filter(
        ({ id, name, runId, finished }) =>
          finished &&
          runId === request.workflow_run_backend_id &&
          (request.name_filter === undefined || request.name_filter === name) &&
          (request.id_filter === undefined || request.id_filter === String(id)),
      );
      const body = found.map(({ id, name, runId, size, digest }) => ({
        workflow_run_backend_id: runId,
        workflow_job_run_backend_id: runId,
        database_id: String(id),
        name,
        size: String(size),
        digest,
      }));
      return { status: 200, body: { artifacts: body } };
    },
    GetSignedArtifactURL(request) {
      const artifact = find(request);
      return artifact
        ? { status: 200, body: { signed_url: urlOf(artifact) } }
        : twirpError(404, 'not_found', `no artifact ${request.name}`);
    },
  };

  const putBlob = (blob: string, query: URLSearchParams, bytes: Buffer): Reply => {
    switch (query.get('comp')) {
      case 'block':
        blocks.set(`${blob} ${query.get('blockid')}`, bytes);
        break;
      case 'blocklist': {
        const ids = [...bytes.toString().matchAll(/<Latest>([^<]+)<\/Latest>/g)].map(([, id]) => `${blob} ${id}`);
        writeFileSync(join(folder, blob), Buffer.concat(ids.map((id) => blocks.get(id)!)));
        for (const id of ids) blocks.delete(id);
        break;
      }
      default:
        writeFileSync(join(folder, blob), bytes);
    }
    return { status: 201, headers: { etag: '"1"', 'content-length': 0 } };
  };

  const answer = (request: IncomingMessage, url: URL, bytes: Buffer): Reply => {
    const method = /^\/twirp\/github\.actions\.results\.api\.v1\.ArtifactService\/(\w+)$/.exec(url.pathname)?.[1];
    if (method !== undefined) {
      if (!request.headers.authorization?.startsWith('Bearer ')) return twirpError(401, 'unauthenticated', 'no token');
      const handler = twirp[method];
      return handler ? handler(JSON.parse(bytes.toString())) : twirpError(404, 'bad_route', method);
    }
    const artifact = artifacts.find(({ blob }) => url.pathname === `/blob/${blob}`);
    if (!artifact || !url.searchParams.has('sig')) return { status: 404, body: { message: 'no such blob' } };
    if (request.method === 'PUT') return putBlob(artifact.blob, url.searchParams, bytes);
    const path = join(folder, artifact.blob);
    if (!existsSync(path)) return { status: 404, body: { message: 'nothing was uploaded' } };
    const headers = {
      'content-type': artifact.mimeType,
      'content-disposition': `attachment; filename="${artifact.name}"`,
    };
    return { status: 200, body: readFileSync(path), headers };
  };

  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    send(response, answer(request, new URL(request.url!, origin), Buffer.concat(parts)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;

  const stored = (artifact: Artifact): StoredArtifact => {
    const { id, name, size, digest } = artifact;
    return { id, name, size, digest, url: urlOf(artifact) };
  };
  return {
    url: `${origin}/`,
    token: (runId) => {
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      return `${part({ alg: 'none' })}.${part({ scp: `Actions.Results:${runId}:${runId}` })}.unsigned`;
    },
    list: (runId) => artifacts.filter((a) => a.finished && (runId === '' || a.runId === runId)).map(stored),
    read(name) {
      const artifact = artifacts.findLast((a) => a.finished && a.name === name);
      if (!artifact) throw new Error(`no artifact "${name}"; there are: ${artifacts.map((a) => a.name).join(', ')}`);
      return readFileSync(join(folder, artifact.blob));
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function twirpError(status: number, code: string, msg: string): Reply {
  return { status, body: { code, msg } };
}

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  const isBytes = Buffer.isBuffer(body);
  response.writeHead(status, { 'content-type': 'application/json', 'x-ms-request-id': randomUUID(), ...headers });
  response.end(body === undefined || isBytes ? body : JSON.stringify(body));
}
