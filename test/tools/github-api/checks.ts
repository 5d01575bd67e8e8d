import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Description, Json, Operation, Parameter } from './description.ts';

export interface Asked {
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** undefined: the request has no body. */
  readonly body: unknown;
}

export interface CheckedOperation {
  readonly operation: Operation;
  /** What of a request GitHub's description does not allow, in words. */
  checkRequest(asked: Asked): string[];
  /** What of an answer it does not promise. */
  checkAnswer(status: number, body: unknown): string[];
}

/** Every operation with validators that are compiled when they are first needed. */
export function checkedOperations(description: Description): CheckedOperation[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  ajv.addSchema({ $id: 'github', schemas: description.schemas });
  const compile = (schema: Json, unknownKeys = true): ValidateFunction => {
    const text = JSON.stringify(schema).replaceAll('"#/schemas/', '"github#/schemas/');
    // What the description does not name may not be sent: GitHub would ignore it, and so would hide a misspelt key.
    return ajv.compile({ allOf: [JSON.parse(text)], ...(unknownKeys ? {} : { unevaluatedProperties: false }) });
  };
  const faultsOf = (validate: ValidateFunction, value: unknown, name: string): string[] =>
    validate(value) ? [] : [ajv.errorsText(validate.errors, { dataVar: name })];
  const once = <T>(make: () => T): (() => T) => {
    let made: { readonly value: T } | undefined;
    return () => (made ??= { value: make() }).value;
  };

  return description.operations.map((operation) => {
    const parameters = operation.parameters.map((parameter) => ({
      ...parameter,
      validator: once(() => compile(parameter.schema)),
    }));
    const body = once(() => (operation.body === undefined ? undefined : compile(operation.body, false)));
    const answers = Object.fromEntries(
      Object.entries(operation.answers).map(([status, answer]) => [
        status,
        answer && once(() => compile(answer.schema)),
      ]),
    );
    return {
      operation,
      checkRequest({ pathParameters, query, body: sent }) {
        const faults: string[] = [];
        for (const parameter of parameters) {
          const { name, in: place, required, validator } = parameter;
          if (place === 'header') continue;
          const text = place === 'path' ? pathParameters[name] : (query.get(name) ?? undefined);
          if (text !== undefined) faults.push(...faultsOf(validator(), typed(parameter, text, description), name));
          else if (required) faults.push(`${place} parameter "${name}" is missing`);
        }
        for (const name of query.keys()) {
          const known = parameters.some((parameter) => parameter.in === 'query' && parameter.name === name);
          if (!known) faults.push(`query parameter "${name}" is unknown`);
        }
        const validate = body();
        if (validate) faults.push(...faultsOf(validate, sent ?? {}, 'body'));
        else if (sent !== undefined) faults.push('the operation takes no body');
        return faults;
      },
      checkAnswer(status, value) {
        const answer = answers[status];
        if (answer === undefined) return [`status ${status} is not described`];
        if (answer === null) return value === undefined ? [] : [`status ${status} has no body`];
        return faultsOf(answer(), value, 'answer');
      },
    };
  });
}

/** A text of the URL as the type that the description gives it. */
function typed(parameter: Parameter, text: string, { schemas }: Description): unknown {
  const { $ref, ...own } = parameter.schema as { $ref?: string; type?: string };
  const { type } = $ref === undefined ? own : (schemas[$ref.split('/').at(-1)!] as { type?: string });
  if (type === 'integer' || type === 'number') return text.trim() === '' ? text : Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
