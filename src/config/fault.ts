import type { z } from 'zod';
import { didYouMean, listSome } from '../errors/suggest.ts';
import { expectation } from './expectation.ts';
import { keysAt, schemaAt } from './schema-walk.ts';

/** One fault of a value against a schema: where, and what is wrong in words. */
export interface Fault {
  /** Keys from the root; for an unknown key, the path of that key. */
  readonly path: readonly (string | number)[];
  /** The whole sentence but for the name of the place: `is "0", expected an integer from 1 up`. */
  readonly problem: string;
}

/** zod's issues as sentences: every one of them, unknown keys one by one, each with what was given and what is allowed. */
export function faultsOf(root: z.ZodType, value: unknown, error: z.ZodError): Fault[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path as (string | number)[];
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(root, path);
      return issue.keys.map((key) => ({
        path: [...path, key],
        problem: `is not known here.${didYouMean(key, known)} Known: ${listSome(known, 30)}`,
      }));
    }
    if (issue.code === 'invalid_key') {
      return [
        { path, problem: `is not a name that is allowed here: ${issue.issues.map((i) => i.message).join('; ')}` },
      ];
    }
    const given = valueAt(value, path);
    if (issue.code === 'custom') return [{ path, problem: issue.message }];
    const schema = schemaAt(root, path);
    const expected = schema ? expectation(schema) : issue.message;
    return [
      {
        path,
        problem: given === undefined ? `is missing, expected ${expected}` : `is ${quote(given)}, expected ${expected}`,
      },
    ];
  });
}

export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value;
  for (const key of path) {
    if (at === null || typeof at !== 'object') return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

function quote(value: unknown): string {
  const text = typeof value === 'object' ? JSON.stringify(value, notFinite) : String(value);
  return `"${text.length > 80 ? `${text.slice(0, 77)}…` : text}"`;
}

/** JSON has no word for such numbers, and would say null. */
function notFinite(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
