/** The longest time that a step waits for GitHub to answer again; a runner's minutes cost money. */
export const MAX_WAIT_MS = 5 * 60_000;
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 1_000;

/** What is known of a failed request. `headers` is undefined when there was no answer at all. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>> | undefined;
}

/** True for GitHub's primary and secondary limits; a 403 without these headers is a missing permission. */
export function isRateLimited({ status, headers }: Refusal): boolean {
  if (status !== 403 && status !== 429) return false;
  return status === 429 || headers?.['retry-after'] !== undefined || String(headers?.['x-ratelimit-remaining']) === '0';
}

/**
 * Milliseconds until the request may be sent again; undefined when it should not be.
 *
 * A request that GitHub refused for its rate was not carried out and can be repeated whatever it was. One that failed on
 * the way (5xx, no answer) may have been carried out: only requests that change nothing twice are repeated.
 * Source  GitHub's best practices for the REST API: retry-after first, then x-ratelimit-reset
 */
export function pauseBeforeRetry(
  refusal: Refusal,
  request: { readonly method: string; readonly attempt: number },
  now: number,
): number | undefined {
  if (request.attempt >= ATTEMPTS) return undefined;
  const backoff = FIRST_PAUSE_MS * 2 ** (request.attempt - 1);
  if (isRateLimited(refusal)) {
    const pause = limitEnds(refusal, now) ?? 60_000;
    return pause <= MAX_WAIT_MS ? Math.max(pause, 0) : undefined;
  }
  const repeatable = request.method === 'GET' || request.method === 'PATCH';
  return refusal.status >= 500 && repeatable ? backoff : undefined;
}

/** Milliseconds from now until the limit ends, as far as GitHub says. */
export function limitEnds({ headers }: Refusal, now: number): number | undefined {
  const after = Number(headers?.['retry-after'] ?? Number.NaN);
  if (Number.isFinite(after)) return after * 1000;
  const reset = Number(headers?.['x-ratelimit-reset'] ?? Number.NaN);
  return Number.isFinite(reset) ? reset * 1000 - now : undefined;
}
