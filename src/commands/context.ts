import type { Forge } from '../forge/forge.ts';

/** What a command is given beside its inputs. Commands read no environment variable and write to no stream. */
export interface CommandContext {
  /** Relative paths, in mlops.yaml as in inputs, start here. */
  readonly cwd: string;
  /** The one way to credentials: the value of an environment variable by name; masked in logs before it is returned. */
  readonly credential: (name: string) => string | undefined;
  /** What programs that a command starts inherit (git); a command reads no setting from it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly progress: Progress;
  readonly forge: Forge;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** True on a runner whose disk is thrown away: the embedded store then lives on the ledger branch. */
  readonly ephemeral: boolean;
}

export interface Logger {
  info(message: string): void;
  /** Something the user should look at; a warning annotation on GitHub. */
  warn(message: string): void;
}

export interface Progress {
  /** Shows a bar of `total` steps, or a spinner when the total is not known. */
  start(label: string, total?: number): ProgressBar;
}

export interface ProgressBar {
  update(done: number, note?: string): void;
  /** Ends the bar; `note` is what came out of it. */
  done(note?: string): void;
}
