import { z } from 'zod';
import { unwrap } from './schema-walk.ts';

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const NULL = /^(null|none)$/i;

/**
 * Reads the text of an action's input or a flag as the kind of value that the schema holds. Text that does not fit is
 * returned as it is, so that the schema refuses it by name: `3O` stays "3O" and never becomes 3.
 */
export async function valueFromText(schema: z.ZodType, text: string): Promise<unknown> {
  const trimmed = text.trim();
  if (NULL.test(trimmed) && schema.safeParse(null).success && !schema.safeParse(trimmed).success) return null;
  const inner = unwrap(schema);
  if (inner instanceof z.ZodString || inner instanceof z.ZodEnum || inner instanceof z.ZodLiteral) return trimmed;
  if (inner instanceof z.ZodNumber) return numberOrText(trimmed);
  if (inner instanceof z.ZodBoolean) return booleanOrText(trimmed);
  if (inner instanceof z.ZodArray) return listOf(inner.element as z.ZodType, trimmed);
  if (inner instanceof z.ZodUnion) return unionValue(inner.options as z.ZodType[], trimmed);
  try {
    return await yamlValue(trimmed);
  } catch {
    return trimmed;
  }
}

/** The library is loaded when an input is a mapping, which few are. */
async function yamlValue(text: string): Promise<unknown> {
  const { parse } = await import('yaml');
  return parse(text);
}

/** The first option that takes the text; where one takes lists, a text of several items is one. */
async function unionValue(options: readonly z.ZodType[], text: string): Promise<unknown> {
  for (const option of options) {
    const inner = unwrap(option);
    if (!(inner instanceof z.ZodArray)) continue;
    const list = await listOf(inner.element as z.ZodType, text);
    if (Array.isArray(list) && list.length > 1 && option.safeParse(list).success) return list;
  }
  for (const option of options) {
    const value = await valueFromText(option, text);
    if (option.safeParse(value).success) return value;
  }
  return text;
}

function numberOrText(text: string): number | string {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : text;
}

/** As YAML 1.2 and GitHub write them. */
function booleanOrText(text: string): boolean | string {
  if (/^(true|True|TRUE)$/.test(text)) return true;
  return /^(false|False|FALSE)$/.test(text) ? false : text;
}

/** A JSON list, or items on lines of their own or between commas. Items that are mappings are written as YAML. */
async function listOf(element: z.ZodType, text: string): Promise<unknown> {
  const inner = unwrap(element);
  const isScalar = [z.ZodString, z.ZodEnum, z.ZodLiteral, z.ZodNumber, z.ZodBoolean].some(
    (kind) => inner instanceof kind,
  );
  if (text.startsWith('[') || !isScalar) {
    try {
      const list: unknown = isScalar ? JSON.parse(text) : await yamlValue(text);
      if (!isScalar || Array.isArray(list)) return list;
    } catch {
      // A glob may begin with a bracket.
    }
  }
  return isScalar ? Promise.all(listItems(text).map((item) => valueFromText(element, item))) : text;
}

/** Commas in braces belong to a glob, and those behind a question mark of a URI to a query. */
function listItems(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line) =>
      /^\s*[a-z][a-z0-9+.-]*:\/\/[^,]*\?/.test(line) ? [line] : (line.match(/(?:\{[^}]*\}|[^,])+/g) ?? []),
    )
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
