/** The exit status of a command that fails with the code: 1 failed, 2 wrong usage. */
type Status = 1 | 2;

export interface ErrorCodeInfo {
  readonly status: Status;
  /** What has happened, in one sentence. */
  readonly meaning: string;
  /** What the reader should do. */
  readonly remedy: string;
}

export function define(status: Status, meaning: string, remedy: string): ErrorCodeInfo {
  return { status, meaning, remedy };
}
