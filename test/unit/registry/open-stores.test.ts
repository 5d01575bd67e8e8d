import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStores } from '../../../src/registry/open-stores.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'open-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const open = (trackingUri: string, registryUri?: string) =>
  openStores({ trackingUri, ...(registryUri === undefined ? {} : { registryUri }), cwd, credential: () => undefined });

test.each([
  ['databricks', '"databricks" is not supported by this version'],
  ['databricks://profile', '"databricks://profile" is not supported by this version'],
  ['databricks-uc', '"databricks-uc" is not supported by this version'],
  ['https://ada:secret@host', '"https://***@host" holds a credential; set MLFLOW_TRACKING_USERNAME'],
  ['https://host?token=secret', '"https://host?***" has a query or fragment'],
  ['http://', 'is not a URL'],
  ['mlruns', '"mlruns" is not a tracking URI'],
])('refuses a URI that is none of the known forms: %s', async (uri, message) => {
  for (const refused of [open(uri), open('sqlite:///mlflow.db', uri)]) {
    await expect(refused).rejects.toMatchObject({
      code: 'TRACKING_URI_INVALID',
      message: expect.stringContaining(message),
    });
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(/Allowed: sqlite:\/\/\/mlflow\.db .*https:\/\/HOST$/),
    });
  }
  expect(existsSync(join(cwd, 'mlflow.db'))).toBe(false);
});

test('opens a server without speaking to it, and without the slash at the end of its URI', async () => {
  const stores = await open('http://127.0.0.1:1/mlflow/');
  expect([stores.tracking.uri, stores.registry.uri]).toEqual([
    'http://127.0.0.1:1/mlflow',
    'http://127.0.0.1:1/mlflow',
  ]);
  await stores.close();
});

test('opens the tracking store and the registry at different places', async () => {
  const stores = await open('sqlite:///mlflow.db', 'http://127.0.0.1:1');
  expect(stores.tracking.uri).toBe(`sqlite:///${join(cwd, 'mlflow.db')}`);
  expect(stores.registry.uri).toBe('http://127.0.0.1:1');
  await stores.close();
});
