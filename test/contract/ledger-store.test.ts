import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedgerStores } from '../../src/ledger/ledger.ts';
import { mustRun } from '../tools/run-program.ts';
import { storeContract } from './store-contract.ts';

storeContract('the SQLite store on a ledger branch', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-contract-'));
  const remote = join(folder, 'remote.git');
  await mustRun('git', ['init', '--quiet', '--bare', remote]);
  const stores = await openLedgerStores({
    cwd: folder,
    branch: 'mlops-ledger',
    remote,
    directory: join(folder, 'ledger'),
    credential: () => undefined,
    environment: process.env,
    now: Date.now,
    origin: { host: 'local', actor: 'ada', commit: undefined, runUrl: undefined },
    log: () => {},
  });
  return {
    ...stores,
    close: async () => {
      await stores.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
