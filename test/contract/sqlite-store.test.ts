import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStores } from '../../src/registry/open-stores.ts';
import { storeContract } from './store-contract.ts';

storeContract('the SQLite store', async () =>
  openStores({
    trackingUri: 'sqlite:///mlflow.db',
    cwd: await mkdtemp(join(tmpdir(), 'sqlite-')),
    credential: () => undefined,
  }),
);
