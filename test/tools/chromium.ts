import { mustRun } from './run-program.ts';

/** Arguments for a Chromium that shows local pages and asks nothing of the network. */
export const CHROMIUM_ARGS: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

/** The Chromium of the machine; tests that use it are declared with `describeWith(['chromium'], …)`. */
export async function chromiumPath(): Promise<string> {
  return (await mustRun('sh', ['-c', 'command -v chromium'])).trim();
}
