import { z } from 'zod';

interface JsonSchema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  description?: string;
  pattern?: string;
}

/** JSON Schema of what may be written for a value, before defaults are filled in. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

/** What a schema allows, in words that fit after "expected": `an integer from 1 up`, `one of gini, entropy`. */
export function expectation(schema: z.ZodType): string {
  return inWords(inputSchema(schema));
}

function inWords(schema: JsonSchema): string {
  if (schema.anyOf) {
    const parts = schema.anyOf.map(inWords);
    return [...new Set(parts)].join(' or ');
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.length === 1 ? String(schema.enum[0]) : `one of ${schema.enum.join(', ')}`;
  switch (schema.type) {
    case 'integer':
      return `an integer${range(schema)}`;
    case 'number':
      return `a number${range(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array':
      return listInWords(schema.items ?? {});
    case 'object':
      return valuesInWords(schema.additionalProperties);
    case 'string':
      if (schema.pattern) return `text like ${schema.pattern}`;
      return schema.minLength ? 'text that is not empty' : 'text';
    default:
      return 'a value';
  }
}

function listInWords(items: JsonSchema): string {
  if (items.type === 'string' && !items.enum && !items.pattern) return 'a list of texts';
  return items.type === 'object' ? 'a list of mappings' : `a list, each ${inWords(items)}`;
}

/** Of a mapping from any names to values of one kind. */
function valuesInWords(values: JsonSchema | boolean | undefined): string {
  const kind = typeof values === 'object' ? inWords(values) : 'a value';
  return kind === 'a value' ? 'a mapping' : `a mapping, each value ${kind}`;
}

function range(schema: JsonSchema): string {
  // zod writes the safe-integer limits of `.int()` into the schema; nobody set them, so nobody wants to read them.
  const least = schema.minimum === Number.MIN_SAFE_INTEGER ? undefined : schema.minimum;
  const most = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
  const from = least ?? schema.exclusiveMinimum;
  const to = most ?? schema.exclusiveMaximum;
  const above = schema.exclusiveMinimum !== undefined && least === undefined;
  const below = schema.exclusiveMaximum !== undefined && most === undefined;
  if (from !== undefined && to !== undefined) {
    return ` ${above ? 'above' : 'from'} ${from} ${below ? 'and below' : 'to'} ${to}`;
  }
  if (from !== undefined) return above ? ` above ${from}` : ` from ${from} up`;
  if (to !== undefined) return below ? ` below ${to}` : ` up to ${to}`;
  return '';
}
