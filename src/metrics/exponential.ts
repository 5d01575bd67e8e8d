/** Beyond this exponents count as this: e^64 is 6e27. */
export const MOST_EXPONENT = 64;
/** ln 2 in two parts: whole multiples of the first one are exact. */
export const LN2_HIGH = 0.6931471803691238;
export const LN2_LOW = 1.9082149292705877e-10;
/** Powers of 2 from -LARGEST_POWER to LARGEST_POWER are all that is needed. */
export const LARGEST_POWER = 93;

/** 1 / k! from the highest power down: e^r to 53 bits for |r| ≤ ½ ln 2. */
export const COEFFICIENTS: readonly number[] = Array.from({ length: 14 }, (_, i) => 1 / factorial(13 - i));

/** 2^k for k from -LARGEST_POWER to LARGEST_POWER. */
export const POWERS_OF_TWO = Float64Array.from({ length: 2 * LARGEST_POWER + 1 }, (_, i) => 2 ** (i - LARGEST_POWER));

/**
 * e^x made of operations whose results IEEE 754 fixes, each of which ONNX has too: `Math.exp` may differ from machine to machine,
 * and from ONNX Runtime's. Relative error below 4e-16.
 */
export function exponential(x: number): number {
  const bounded = Math.min(MOST_EXPONENT, Math.max(-MOST_EXPONENT, x));
  const power = Math.floor(bounded * Math.LOG2E + 0.5);
  const rest = bounded - power * LN2_HIGH - power * LN2_LOW;
  let sum = COEFFICIENTS[0]!;
  for (let i = 1; i < COEFFICIENTS.length; i++) sum = sum * rest + COEFFICIENTS[i]!;
  return sum * POWERS_OF_TWO[power + LARGEST_POWER]!;
}

function factorial(k: number): number {
  return k < 2 ? 1 : k * factorial(k - 1);
}
