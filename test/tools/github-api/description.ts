/**
 * GitHub's OpenAPI description, cut to the operations that are used: 10 MB take half a second to read, the cut none.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installOnce } from '../install-once.ts';
import { OPERATIONS, type OperationId } from './operations.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Json;
}

export interface Operation {
  readonly id: OperationId;
  readonly method: string;
  /** With `{names}` of path parameters. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Json | undefined;
  /** By status: the schema of the answer and GitHub's own example of it; null where the answer has no body. */
  readonly answers: Readonly<Record<string, { readonly schema: Json; readonly example: Json } | null>>;
}

export interface Description {
  readonly operations: readonly Operation[];
  /** What the schemas refer to as `#/schemas/<name>`. */
  readonly schemas: Readonly<Record<string, Json>>;
}

type Node = { readonly [key: string]: Json };

/** Read from `.tools/`, where it is written the first time that a version of the description is met. */
export async function githubDescription(): Promise<Description> {
  const require = createRequire(import.meta.url);
  const { version } = require('@octokit/openapi/package.json') as { version: string };
  const key = `github-openapi-${version}-${fingerprint(OPERATIONS.join())}`;
  const directory = await installOnce(key, async (folder) => {
    const whole = readFileSync(require.resolve('@octokit/openapi/generated/api.github.com.json'), 'utf8');
    writeFileSync(join(folder, 'description.json'), JSON.stringify(cut(JSON.parse(whole) as Node)));
  });
  return JSON.parse(readFileSync(join(directory, 'description.json'), 'utf8')) as Description;
}

function fingerprint(text: string): string {
  let hash = 0;
  for (const character of text) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  return hash.toString(36);
}

function cut(whole: Node): Description {
  const schemas: Record<string, Json> = {};
  const resolve = (node: Json | undefined): Node => {
    const reference = (node as Node | undefined)?.$ref;
    if (typeof reference !== 'string') return node as Node;
    return reference
      .slice(2)
      .split('/')
      .reduce<Json>((at, name) => (at as Node)[name]!, whole) as Node;
  };
  /** A schema as JSON Schema 2020-12, its references taken along. */
  const keep = (schema: Json): Json => {
    if (Array.isArray(schema)) return schema.map(keep);
    if (schema === null || typeof schema !== 'object') return schema;
    const node = schema as Node;
    if (typeof node.$ref === 'string') {
      const name = node.$ref.split('/').at(-1)!;
      if (!(name in schemas)) {
        schemas[name] = true;
        schemas[name] = keep(resolve(node));
      }
      return { $ref: `#/schemas/${name}` };
    }
    const { nullable, example: _example, ...rest } = node;
    const kept = Object.fromEntries(Object.entries(rest).map(([k, v]) => [k, k === 'enum' ? v : keep(v)]));
    return nullable === true ? { anyOf: [kept, { type: 'null' }] } : kept;
  };

  const operations = Object.entries(whole.paths as Node).flatMap(([path, item]) =>
    Object.entries(item as Node).flatMap(([method, value]): Operation[] => {
      const operation = value as Node;
      const id = OPERATIONS.find((known) => known === operation.operationId);
      if (!id) return [];
      const parameters = ((operation.parameters as Json[] | undefined) ?? []).map((reference) => {
        const { name, in: place, required, schema } = resolve(reference);
        return { name, in: place, required, schema: keep(schema!) } as unknown as Parameter;
      });
      const body = contentOf(resolve(operation.requestBody))?.schema;
      const answers = Object.entries(operation.responses as Node).map(([status, reference]) => {
        const content = contentOf(resolve(reference));
        if (!content?.schema) return [status, null] as const;
        const [example] = Object.values((content.examples as Node | undefined) ?? {});
        return [status, { schema: keep(content.schema), example: example ? resolve(example).value! : null }] as const;
      });
      return [
        {
          id,
          method: method.toUpperCase(),
          path,
          parameters,
          body: body === undefined ? undefined : keep(body),
          answers: Object.fromEntries(answers),
        },
      ];
    }),
  );
  const missing = OPERATIONS.filter((id) => !operations.some((operation) => operation.id === id));
  if (missing.length > 0) throw new Error(`GitHub's description has no operation ${missing.join(', ')}`);
  return { operations, schemas };
}

function contentOf(node: Node | undefined): Node | undefined {
  return (node?.content as Node | undefined)?.['application/json'] as Node | undefined;
}
