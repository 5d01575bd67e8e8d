/** Levenshtein distance between two short strings. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min(substitution, previous[j]! + 1, current[j - 1]! + 1);
    }
    previous = current;
  }
  return previous[b.length]!;
}

/** ` Did you mean "cnt"?`, or an empty string when no candidate is near. */
export function didYouMean(given: string, candidates: readonly string[]): string {
  const lower = given.toLowerCase();
  let best: string | undefined;
  let bestScore = Math.max(2, Math.floor(given.length / 3)) + 1;
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    const prefixed = other.length > 1 && (lower.startsWith(other) || other.startsWith(lower));
    const score = Math.min(editDistance(lower, other), prefixed ? 2 : Number.POSITIVE_INFINITY);
    if (score < bestScore) [best, bestScore] = [candidate, score];
  }
  // "count" → "cnt": the letters in order with some left out.
  best ??= candidates.find((c) => c.length > 1 && isSubsequence(c.toLowerCase(), lower));
  return best === undefined ? '' : ` Did you mean "${best}"?`;
}

function isSubsequence(short: string, long: string): boolean {
  let i = 0;
  for (const ch of long) if (ch === short[i]) i++;
  return i === short.length;
}

/** `a, b, c … (40 in all)`: a list that stays readable in a log. */
export function listSome(values: readonly string[], most = 20): string {
  const head = values.slice(0, most).join(', ');
  return values.length > most ? `${head} … (${values.length} in all)` : head;
}
