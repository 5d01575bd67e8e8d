const NAME = /(?:`(?:[^`]|``)+`|[^.`?]+)/y;

/**
 * The parts of `catalog.schema.table`, `schema.table` or `table`; a part with a dot or a question mark stands in backquotes, as in
 * SQL. Undefined: it is no such name.
 *
 * @returns the parts as they are called, and what follows them
 */
export function splitTableName(text: string): { names: string[]; rest: string } | undefined {
  const names: string[] = [];
  let at = 0;
  do {
    NAME.lastIndex = names.length === 0 ? 0 : at + 1;
    const found = NAME.exec(text)?.[0];
    if (found === undefined || names.length === 3) return undefined;
    names.push(found.startsWith('`') ? found.slice(1, -1).replaceAll('``', '`') : found);
    at = NAME.lastIndex;
  } while (text[at] === '.');
  return { names, rest: text.slice(at) };
}

/** An identifier of Spark SQL, whatever it holds. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

export function quoteNames(names: readonly string[]): string {
  return names.map(quoteName).join('.');
}
