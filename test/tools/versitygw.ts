import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goTool } from './go-tool.ts';
import { freePort, startProcess } from './start-process.ts';

export interface S3Server {
  /** What the AWS SDK is configured with: endpoint, region and root keys. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A real S3 server on 127.0.0.1 over an empty folder; it checks signatures and checksums. Needs Go: `describeWith(['go'], …)`. */
export async function startVersitygw(): Promise<S3Server> {
  const program = await goTool('github.com/versity/versitygw/cmd/versitygw@v1.8.0');
  const folder = mkdtempSync(join(tmpdir(), 'versitygw-'));
  const data = join(folder, 'data');
  const versions = join(folder, 'versions');
  for (const path of [data, versions]) mkdirSync(path);
  const port = await freePort();
  const keys = { access: 'test-access-key', secret: 'test-secret-key-0123456789' };
  const endpoint = `http://127.0.0.1:${port}`;
  const server = await startProcess(
    program,
    ['--port', `127.0.0.1:${port}`, 'posix', '--versioning-dir', versions, data],
    {
      env: { ...process.env, ROOT_ACCESS_KEY: keys.access, ROOT_SECRET_KEY: keys.secret },
      ready: endpoint,
    },
  );
  return {
    env: {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: keys.access,
      AWS_SECRET_ACCESS_KEY: keys.secret,
    },
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
