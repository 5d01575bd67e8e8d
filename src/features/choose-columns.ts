import { type Column, columnNames, findColumn } from '../data/table.ts';
import { didYouMean, listSome } from '../errors/suggest.ts';
import type { StepContext } from './step-kind.ts';

type Kind = Column['kind'];

const KINDS: readonly string[] = ['numeric', 'categorical', 'datetime'] satisfies Kind[];

export const HOLDS = { numeric: 'numbers', categorical: 'texts', datetime: 'instants' } as const;

export interface ColumnChoice {
  readonly columns: string | readonly string[];
  readonly except?: readonly string[];
}

type ColumnOf<K extends Kind> = Extract<Column, { kind: K }>;

/** The columns that a step names; those that are not there or of another kind are faults. */
export function chooseColumns<K extends Kind>(
  { columns: chosen, except = [] }: ColumnChoice,
  context: StepContext,
  allowed: readonly K[],
): ColumnOf<K>[] {
  const { table, fault } = context;
  const isAllowed = (column: Column): column is ColumnOf<K> => (allowed as readonly Kind[]).includes(column.kind);
  for (const name of except) if (!findColumn(table, name)) fault(['except'], unknownColumn(name, context));
  if (typeof chosen === 'string' && KINDS.includes(chosen)) {
    const found = table.columns.filter((column) => column.kind === chosen && !except.includes(column.name));
    if (found.length === 0) fault(['columns'], `is "${chosen}", but no column holds ${HOLDS[chosen as Kind]} here`);
    else if (!isAllowed(found[0]!)) fault(['columns'], `is "${chosen}", expected columns of ${inWords(allowed)}`);
    return found.filter(isAllowed);
  }
  const found: ColumnOf<K>[] = [];
  for (const name of [chosen].flat().filter((one) => !except.includes(one))) {
    const column = findColumn(table, name);
    if (!column) fault(['columns'], unknownColumn(name, context));
    else if (!isAllowed(column)) {
      fault(['columns'], `is "${name}", which holds ${HOLDS[column.kind]}, expected a column of ${inWords(allowed)}`);
    } else if (found.includes(column)) fault(['columns'], `names "${name}" twice`);
    else found.push(column);
  }
  return found;
}

export function unknownColumn(name: string, { table }: StepContext): string {
  const names = columnNames(table);
  return `is "${name}", but there is no such column here. Columns: ${listSome(names)}.${didYouMean(name, names)}`;
}

function inWords(kinds: readonly Kind[]): string {
  return kinds.map((kind) => HOLDS[kind]).join(' or ');
}
