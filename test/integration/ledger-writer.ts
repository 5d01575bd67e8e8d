import process from 'node:process';
import { openLedgerStores } from '../../src/ledger/ledger.ts';
import { ledgerOptions, registerOne, trainOne } from './ledger-machines.ts';

/** One run of a machine of its own: `register` prints the version it got, `die` is killed before anything is pushed. */
const [what, folder, remote] = process.argv.slice(2);
const options = await ledgerOptions(folder!, remote!);
const stores = await openLedgerStores(options);
if (what === 'die') {
  await trainOne(stores, options.directory);
  process.kill(process.pid, 'SIGKILL');
}
const version = await registerOne(stores, options.directory);
await stores.flush('mlops: what this step recorded');
await stores.close();
process.stdout.write(`${version}\n`);
