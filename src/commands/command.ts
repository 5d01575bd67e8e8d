import { z } from 'zod';
import type { LoadedProject } from '../config/load-project.ts';
import { type Project, projectSchema } from '../config/project.ts';
import { schemaAt } from '../config/schema-walk.ts';
import type { ReportDocument } from '../reports/document.ts';
import type { CommandContext } from './context.ts';

/** One input of a command: the only place where it is written down. */
export interface InputSpec<S extends z.ZodType = z.ZodType> {
  readonly schema: S;
  readonly description: string;
  /** The field of mlops.yaml that the input overrides; its schema and description then come from there. */
  readonly field?: readonly string[];
  /** A field that must be there, in mlops.yaml or as input, for this command. */
  readonly required?: boolean;
  /** Shown in usage examples. */
  readonly example?: string;
}

export type InputSpecs = Readonly<Record<string, InputSpec>>;

/** An input of the command alone. */
export function input<S extends z.ZodType>(schema: S, description: string, example?: string): InputSpec<S> {
  return { schema, description, ...(example === undefined ? {} : { example }) };
}

/** An input that overrides a field of mlops.yaml, e.g. `field('data.target')`. */
export function field(path: string, options: { required?: boolean; example?: string } = {}): InputSpec {
  const keys = path.split('.');
  const schema = schemaAt(projectSchema, keys);
  if (!schema) throw new Error(`mlops.yaml has no field ${path}`);
  const description = z.globalRegistry.get(schema)?.description ?? schema.description ?? '';
  return { schema, description, field: keys, ...options };
}

export type OutputSpecs = Readonly<Record<string, string>>;

export type OutputValue = string | number | boolean | readonly string[] | Readonly<Record<string, unknown>>;

/** What a command answers. */
export interface CommandResult<O extends OutputSpecs = OutputSpecs> {
  readonly outputs: { readonly [K in keyof O]?: OutputValue };
  /** The work is done but the verdict is negative: exit status 3. */
  readonly negative?: string;
  /** Written as job summary on GitHub and as a table on a terminal. */
  readonly summary?: ReportDocument;
  /** Lines that tell what to do next. */
  readonly next?: readonly string[];
}

type OwnValues<I extends InputSpecs> = { readonly [K in keyof I]: z.output<I[K]['schema']> };

export interface CommandDefinition<I extends InputSpecs = InputSpecs, O extends OutputSpecs = OutputSpecs> {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** A paragraph for READMEs and `--help`. */
  readonly description: string;
  readonly inputs: I;
  readonly outputs: O;
  /** What the action needs of the token, e.g. `{ contents: 'write' }`, each with the reason. */
  readonly permissions?: Readonly<Record<string, string>>;
  /** Actions have an icon. */
  readonly branding?: { readonly icon: string; readonly color: string };
  readonly run: (
    inputs: OwnValues<I>,
    project: Project,
    context: CommandContext,
    loaded: LoadedProject,
  ) => Promise<CommandResult<O>>;
}

export function defineCommand<const I extends InputSpecs, const O extends OutputSpecs>(
  definition: CommandDefinition<I, O>,
): CommandDefinition<I, O> {
  return definition;
}
