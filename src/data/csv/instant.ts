const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/**
 * An ISO 8601 date or instant as milliseconds since 1970; without a zone it is UTC, whatever the zone of the machine. NaN
 * when it is none, such as 2023-02-30.
 */
export function parseInstant(text: string): number {
  const match = ISO.exec(text);
  if (!match) return Number.NaN;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone] = match;
  const [m, d, h, min, s] = [Number(month), Number(day), Number(hour), Number(minute), Number(second)];
  if (h > 23 || min > 59 || s > 59) return Number.NaN;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), m - 1, d);
  if (date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) return Number.NaN;
  const millis = Math.floor(Number(`0.${fraction}`) * 1000);
  return date.getTime() + ((h * 60 + min) * 60 + s) * 1000 + millis - offsetMs(zone);
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', '') || '0');
  return (zone[0] === '-' ? -minutes : minutes) * 60_000;
}
