/** Numbers and times as people read them; the same on every machine, whatever its locale. */

const SIGNIFICANT = 4;

/** `17,379`, `0.8596`, `−1,234.5`, `1.2e-7`; `-` for what is no number. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return '-';
  return value < 0 ? `−${formatSize(-value)}` : formatSize(value);
}

function formatSize(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '∞';
  if (Number.isInteger(value) && value < 1e15) return grouped(String(value));
  if (value >= 1e15 || value < 1e-4) return value.toExponential(1);
  const decimals = Math.max(0, Math.min(6, SIGNIFICANT - 1 - Math.floor(Math.log10(value))));
  const [whole, fraction] = String(Number(value.toFixed(decimals))).split('.');
  return fraction === undefined ? grouped(whole!) : `${grouped(whole!)}.${fraction}`;
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A share as `12 %`, `1.2 %`, `0.03 %`. */
export function formatPercent(share: number): string {
  if (!Number.isFinite(share)) return '-';
  const percent = share * 100;
  const size = Math.abs(percent);
  return `${Number(size === 0 || size >= 0.1 ? percent.toFixed(size < 10 ? 1 : 0) : percent.toPrecision(1))} %`;
}

/** `850 ms`, `2.4 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h` */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return joined(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** `980 B`, `1.1 MB`: powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

/** `2026-11-24 04:15 UTC` */
export function formatTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The first three metrics, which are the most telling: `rmse 72.41, mae 46.4, r2 0.8922` */
export function describeMetrics(metrics: Readonly<Record<string, number>>): string {
  const first = Object.entries(metrics).slice(0, 3);
  return first.map(([key, value]) => `${key} ${formatNumber(value)}`).join(', ');
}

/** A name from data on one line, at most `most` characters. */
export function oneLine(name: string, most = 80): string {
  const line = name.replace(/\s+/gu, ' ');
  const characters = [...line];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : line;
}
