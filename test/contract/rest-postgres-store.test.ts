import { afterAll, describe } from 'vitest';
import { openStores } from '../../src/registry/open-stores.ts';
import { type MlflowServer, startMlflowServer } from '../tools/mlflow-server.ts';
import { type Postgres, startPostgres } from '../tools/postgres.ts';
import { describeWith, missingTools } from '../tools/require-tool.ts';
import { storeContract } from './store-contract.ts';

// Another database behind the same API: not worth an installation, so it is left out where PostgreSQL is not there, in CI too.
const missing = missingTools(['postgres']);
if (missing !== undefined) {
  describe.skip(`over REST, kept in PostgreSQL (skipped: ${missing})`, () => undefined);
} else {
  describeWith(['python'], 'over REST, kept in PostgreSQL', () => {
    let postgres: Postgres | undefined;
    let server: MlflowServer | undefined;
    afterAll(async () => {
      await server?.stop();
      await postgres?.stop();
    });

    storeContract('a real MLflow server on PostgreSQL', async () => {
      postgres = await startPostgres();
      server = await startMlflowServer({ database: postgres.uri });
      return openStores({ trackingUri: server.url, cwd: '/', credential: () => undefined });
    });
  });
}
