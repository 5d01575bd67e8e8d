import { parse } from 'yaml';
import { z } from 'zod';
import { unwrap } from './schema-walk.ts';

/** Thrown text becomes part of a fault: the value stays as given, and the schema says what is allowed. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads the text of an action's input or a flag as the kind of value that the schema holds. Text that does not fit is
 * returned as it is, so that the schema refuses it by name: `3O` stays "3O" and never becomes 3.
 */
export function valueFromText(schema: z.ZodType, text: string): unknown {
  const trimmed = text.trim();
  const inner = unwrap(schema);
  if (inner instanceof z.ZodString || inner instanceof z.ZodEnum || inner instanceof z.ZodLiteral) return trimmed;
  if (inner instanceof z.ZodNumber) return numberOr(trimmed, allowsNull(schema));
  if (inner instanceof z.ZodBoolean) return trimmed === 'true' ? true : trimmed === 'false' ? false : trimmed;
  if (inner instanceof z.ZodArray && unwrap(inner.element as z.ZodType) instanceof z.ZodString)
    return listItems(trimmed);
  if (inner instanceof z.ZodUnion) return unionValue(inner.options as z.ZodType[], trimmed);
  try {
    return parse(trimmed);
  } catch {
    return trimmed;
  }
}

function unionValue(options: readonly z.ZodType[], text: string): unknown {
  for (const option of options) {
    const value = valueFromText(option, text);
    if (option.safeParse(value).success) return Array.isArray(value) && value.length === 1 ? value[0] : value;
  }
  return text;
}

function numberOr(text: string, nullable: boolean): number | string | null {
  if (nullable && (text === 'null' || text === 'none')) return null;
  return NUMBER.test(text) ? Number(text) : text;
}

function allowsNull(schema: z.ZodType): boolean {
  return schema.safeParse(null).success;
}

/** Items stand on lines of their own or between commas. */
function listItems(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
