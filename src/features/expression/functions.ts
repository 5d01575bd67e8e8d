/** Functions of numbers, each as it is on one number; a result that is not finite is missing. */
export const NUMBER_FUNCTIONS = {
  abs: Math.abs,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  sign: Math.sign,
  sin: Math.sin,
  cos: Math.cos,
} as const;

export type NumberFunction = keyof typeof NUMBER_FUNCTIONS;

/** What the others take: from how many arguments up to how many, and of what kind. */
export const OTHER_FUNCTIONS = {
  min: { least: 2, most: 100, takes: 'number' },
  max: { least: 2, most: 100, takes: 'number' },
  if: { least: 3, most: 3, takes: 'number' },
  coalesce: { least: 2, most: 100, takes: 'number' },
  is_missing: { least: 1, most: 1, takes: 'any' },
  days: { least: 1, most: 1, takes: 'instant' },
} as const;

export type OtherFunction = keyof typeof OTHER_FUNCTIONS;

/** As numpy and ONNX have it: 0.5 → 0, 1.5 → 2. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
