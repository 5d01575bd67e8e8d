import type { Project } from '../config/project.ts';

/**
 * Which columns training looks at: all but those under data.exclude. One that is named there and elsewhere, such as the group of a
 * split, is needed all the same.
 */
export function neededColumns({ data, features, monitoring }: Project): (name: string) => boolean {
  const { exclude, source: _source, csv: _csv, s3: _s3, ...rest } = data;
  const named = new Set(textsOf([rest, features, monitoring]));
  const left = new Set(exclude.filter((name) => !named.has(name)));
  return (name) => !left.has(name);
}

/** Every text in a value, keys too. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, below]) => [key, ...textsOf(below)]);
}
