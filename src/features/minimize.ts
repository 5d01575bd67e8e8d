const GOLDEN = (3 - Math.sqrt(5)) / 2;
const TOLERANCE = 1e-9;
const MOST_STEPS = 200;

/**
 * Where a function of one minimum is least, to nine digits: the bracket moves until the minimum lies inside, then golden sections and
 * parabolas narrow it.
 *
 * Source  Brent 1973, Algorithms for Minimization without Derivatives, chapter 5
 */
export function minimize(f: (x: number) => number, start: readonly [number, number]): number {
  let [low, high] = widened(f, start);
  let best = low + GOLDEN * (high - low);
  let second = best;
  let third = best;
  let fBest = f(best);
  let fSecond = fBest;
  let fThird = fBest;
  let step = 0;
  let lastStep = 0;
  for (let i = 0; i < MOST_STEPS; i++) {
    const middle = (low + high) / 2;
    const near = TOLERANCE * Math.abs(best) + 1e-12;
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

/** An interval around the minimum: the end at which the function still falls moves on. */
function widened(f: (x: number) => number, [low, high]: readonly [number, number]): [number, number] {
  let width = high - low;
  for (let i = 0; i < 20; i++) {
    const inner = width * 0.05;
    if (f(low) < f(low + inner)) low -= width;
    else if (f(high) < f(high - inner)) high += width;
    else break;
    width = high - low;
  }
  return [low, high];
}
