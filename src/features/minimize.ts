const GOLDEN = (3 - Math.sqrt(5)) / 2;
/** Nearer than this a minimum cannot be told from its neighbours: the square root of the precision. */
const TOLERANCE = Math.sqrt(Number.EPSILON);
const MOST_STEPS = 200;

/**
 * Where a function of one minimum is least, to eight digits: the bracket moves until the minimum lies inside, then golden sections and
 * parabolas narrow it.
 *
 * Source  Brent 1973, Algorithms for Minimization without Derivatives, chapter 5
 */
export function minimize(f: (x: number) => number, start: readonly [number, number]): number {
  let { low, high, best, fBest } = bracket(f, start);
  let second = best;
  let third = best;
  let fSecond = fBest;
  let fThird = fBest;
  let step = 0;
  let lastStep = 0;
  for (let i = 0; i < MOST_STEPS; i++) {
    const middle = (low + high) / 2;
    const near = TOLERANCE * Math.abs(best) + 1e-9;
    if (Math.abs(best - middle) <= 2 * near - (high - low) / 2) break;
    let parabolic = false;
    if (Math.abs(lastStep) > near) {
      const r = (best - second) * (fBest - fThird);
      let q = (best - third) * (fBest - fSecond);
      let p = (best - third) * q - (best - second) * r;
      q = 2 * (q - r);
      if (q > 0) p = -p;
      q = Math.abs(q);
      const before = lastStep;
      lastStep = step;
      parabolic = Math.abs(p) < Math.abs((q * before) / 2) && p > q * (low - best) && p < q * (high - best);
      if (parabolic) {
        step = p / q;
        const at = best + step;
        if (at - low < 2 * near || high - at < 2 * near) step = best < middle ? near : -near;
      }
    }
    if (!parabolic) {
      lastStep = (best < middle ? high : low) - best;
      step = GOLDEN * lastStep;
    }
    const at = best + (Math.abs(step) >= near ? step : Math.sign(step) * near);
    const fAt = f(at);
    if (fAt <= fBest) {
      if (at < best) high = best;
      else low = best;
      [third, fThird, second, fSecond, best, fBest] = [second, fSecond, best, fBest, at, fAt];
    } else {
      if (at < best) low = at;
      else high = at;
      if (fAt <= fSecond || second === best) [third, fThird, second, fSecond] = [second, fSecond, at, fAt];
      else if (fAt <= fThird || third === best || third === second) [third, fThird] = [at, fAt];
    }
  }
  return best;
}

/** Three places of which the middle one is lowest: the end at which the function still falls moves on. */
function bracket(f: (x: number) => number, [from, to]: readonly [number, number]): Bracket {
  let [low, high] = [from, to];
  let [fLow, fHigh] = [f(low), f(high)];
  for (let i = 0; ; i++) {
    const best = low + GOLDEN * (high - low);
    const fBest = f(best);
    const width = high - low;
    if (i === 30 || (fBest <= fLow && fBest <= fHigh)) return { low, high, best, fBest };
    if (fLow < fHigh) {
      low -= 1.5 * width;
      fLow = f(low);
    } else {
      high += 1.5 * width;
      fHigh = f(high);
    }
  }
}

interface Bracket {
  readonly low: number;
  readonly high: number;
  readonly best: number;
  readonly fBest: number;
}

/** Where a function is 0, by secants from a place near by; undefined when they do not lead there. @param slope about that of the function */
export function rootNear(f: (x: number) => number, start: number, slope: number): number | undefined {
  let before = start;
  let fBefore = f(before);
  let at = start - fBefore / slope;
  if (!(Math.abs(at - start) < 0.5)) return undefined;
  let fAt = f(at);
  for (let i = 0; i < 12; i++) {
    const next = at - (fAt * (at - before)) / (fAt - fBefore);
    if (Math.abs(next - start) >= 0.5) return undefined;
    // The error of a secant is a small part of the product of the last two steps.
    if (!(Math.abs(next - at) > 1e-4)) return Number.isNaN(next) ? at : next;
    [before, fBefore, at, fAt] = [at, fAt, next, f(next)];
  }
  return undefined;
}
