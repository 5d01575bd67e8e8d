const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/**
 * x · log2 x, and 0 from 0 down, made of operations whose results IEEE 754 fixes: `Math.log2` may differ from machine to machine.
 *
 * Source  ln m = 2 artanh((m - 1) / (m + 1)) on √½ ≤ m < √2; relative error below 4e-16
 */
export function xLog2(x: number): number {
  if (x <= 0) return 0;
  double[0] = x;
  let exponent = (words[1]! >>> 20) - 1023;
  if (exponent === -1023) return x * (xLog2(x * 2 ** 54) / (x * 2 ** 54) - 54);
  words[1] = (words[1]! & 0xfffff) | 0x3ff00000;
  let m = double[0]!;
  if (m > Math.SQRT2) {
    m /= 2;
    exponent++;
  }
  const s = (m - 1) / (m + 1);
  const q = s * s;
  let series = 1 / 21;
  for (let k = 19; k >= 1; k -= 2) series = series * q + 1 / k;
  return x * (exponent + 2 * s * series * Math.LOG2E);
}
