/** A figure for a sentence: four significant digits, thousands separated. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  if (size !== 0 && size < 0.0001) return value.toExponential(1);
  return String(Number(value.toPrecision(size < 1 ? 3 : 4)));
}

export function percent(share: number): string {
  const size = Math.abs(share);
  if (size !== 0 && size < 0.001) return `${Number((share * 100).toPrecision(1))} %`;
  return `${Number((share * 100).toFixed(size < 0.1 ? 1 : 0))} %`;
}

/** A name from data on one line, at most `most` characters. */
export function oneLine(name: string, most = 80): string {
  const line = name.replace(/\s+/gu, ' ');
  const characters = [...line];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : line;
}
