import { z } from 'zod';

/** The schema without its default, optional, nullable and pipe wrappers. */
export function unwrap(schema: z.ZodType): z.ZodType {
  let at = schema;
  for (;;) {
    if (
      at instanceof z.ZodDefault ||
      at instanceof z.ZodPrefault ||
      at instanceof z.ZodOptional ||
      at instanceof z.ZodNullable
    ) {
      at = at.unwrap() as z.ZodType;
    } else if (at instanceof z.ZodPipe) at = at.in as z.ZodType;
    else return at;
  }
}

/** The schema of the value at a path; through a union, of the first option that has such a path. */
export function schemaAt(root: z.ZodType, path: readonly (string | number)[]): z.ZodType | undefined {
  let at: z.ZodType | undefined = root;
  for (const [i, key] of path.entries()) {
    const inner: z.ZodType = unwrap(at);
    if (inner instanceof z.ZodUnion) {
      const rest = path.slice(i);
      return (inner.options as z.ZodType[]).map((option) => schemaAt(option, rest)).find((found) => found);
    }
    if (inner instanceof z.ZodObject) at = inner.shape[key as string] as z.ZodType | undefined;
    else if (inner instanceof z.ZodArray) at = inner.element as z.ZodType;
    else if (inner instanceof z.ZodRecord) at = inner.valueType as z.ZodType;
    else return undefined;
    if (!at) return undefined;
  }
  return at;
}

/** The keys that an object schema at the path knows. */
export function keysAt(root: z.ZodType, path: readonly (string | number)[]): string[] {
  const schema = schemaAt(root, path);
  const inner = schema && unwrap(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}
