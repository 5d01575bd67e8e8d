import { setTimeout as sleep } from 'node:timers/promises';
import { MlopsError } from '../../errors/mlops-error.ts';

export interface RetryPolicy {
  /** How often a request is sent at most. */
  readonly attempts: number;
  /** The longest first wait; each further one may be twice as long. */
  readonly firstDelayMs: number;
  readonly mostDelayMs: number;
  /** Time for a request with all its repetitions; a transfer of files takes as long as it takes, and only its waits count. */
  readonly budgetMs: number;
}

export const RETRY: RetryPolicy = { attempts: 5, firstDelayMs: 500, mostDelayMs: 10_000, budgetMs: 180_000 };

/** A request that failed in a way that the next attempt may not. */
export class Transient extends Error {
  /** The server has surely not done what was asked for: it was not reached, or it says that it is too busy. */
  readonly notDone: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: { notDone: boolean; retryAfterMs?: number | undefined; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.notDone = options.notDone;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export interface Repeat {
  readonly policy: RetryPolicy;
  /** Doing it twice is the same as doing it once. */
  readonly repeatable: boolean;
  readonly isTransfer?: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Repeats `work` while it fails with Transient and repeating it is safe. The waits are random between nothing and a bound that
 * doubles, so that many jobs do not come back at the same moment; a Retry-After of the server is waited for.
 *
 * @throws STORE_UNREACHABLE with the last failure; INTERRUPTED
 */
export async function withRetries<T>(
  { policy, repeatable, isTransfer = false, signal }: Repeat,
  work: (remainingMs: number) => Promise<T>,
): Promise<T> {
  const start = performance.now();
  let waited = 0;
  const remaining = () => policy.budgetMs - (isTransfer ? waited : performance.now() - start);
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(remaining());
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      const bound = Math.min(policy.mostDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
      const delay = error.retryAfterMs ?? Math.random() * bound;
      const mayRepeat = repeatable || error.notDone;
      if (!mayRepeat || attempt >= policy.attempts || delay >= remaining()) throw giveUp(error, attempt, mayRepeat);
      await pause(delay, signal);
      waited += delay;
    }
  }
}

function giveUp(error: Transient, attempts: number, mayRepeat: boolean): MlopsError {
  const tried = attempts > 1 ? ` (tried ${attempts} times)` : '';
  const doubt = mayRepeat ? '' : '. Whether the server has done it is not known: look there before running again';
  return new MlopsError('STORE_UNREACHABLE', `${error.message}${tried}${doubt}`, { cause: error.cause });
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch (cause) {
    throw interrupted(cause);
  }
}

export function interrupted(cause: unknown): MlopsError {
  return new MlopsError('INTERRUPTED', 'the run was stopped before it was done', { cause });
}
