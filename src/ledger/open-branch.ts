import { Redactor } from '../errors/redact.ts';
import { LedgerBranch } from './branch.ts';
import { type Environment, Git, type GitSetting } from './git.ts';
import { findRemote } from './remote.ts';

export interface OpenBranch {
  readonly cwd: string;
  readonly branch: string;
  /** The name of a remote of cwd's checkout, a URL, or a path. */
  readonly remote: string;
  /** Where the partial clone of the branch is made. */
  readonly repository: string;
  readonly credential: (name: string) => string | undefined;
  /** What the program git inherits. */
  readonly environment: Environment;
}

/** Independent of what the user has set up for other repositories. */
const OWN_SETTINGS: readonly GitSetting[] = [
  ['core.hooksPath', '/dev/null'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['protocol.version', '2'],
  // A connection that brings less than 100 bytes/s for a minute is given up.
  ['http.lowSpeedLimit', '100'],
  ['http.lowSpeedTime', '60'],
];

/** The ledger branch of a remote, and the remote as people may see it. @throws LEDGER_UNREACHABLE · CONFIG_INVALID */
export async function openBranch(options: OpenBranch): Promise<{ branch: LedgerBranch; shown: string }> {
  const redactor = new Redactor();
  const { settings, shown } = await findRemote({ ...options, redactor });
  const git = new Git(options.environment, redactor, [...OWN_SETTINGS, ...settings]);
  const branch = new LedgerBranch(git, { repository: options.repository, branch: options.branch, shown });
  await branch.create();
  return { branch, shown };
}
