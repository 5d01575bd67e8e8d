import { type Document, isMap, isPair, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { MlopsError } from '../errors/mlops-error.ts';

/** mlops.yaml as it is written, before it is checked. */
export interface ProjectFile {
  readonly raw: Readonly<Record<string, unknown>>;
  /** `mlops.yaml:3:5`: where the key at the path stands, or else its nearest parent. */
  place(path: readonly (string | number)[]): string;
}

/**
 * @param path for messages
 * @throws CONFIG_INVALID with line and column when the text is not YAML, or no mapping
 */
export function parseProjectFile(text: string, path: string): ProjectFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw new MlopsError(
      'CONFIG_INVALID',
      document.errors.map((error) => `${place(error.pos[0])}: ${error.message}`),
    );
  }
  const raw: unknown = plainValue(document, path) ?? {};
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new MlopsError('CONFIG_INVALID', `${path}:1:1: expected a mapping such as "data:" at the top`);
  }
  return { raw: raw as Record<string, unknown>, place: (keys) => place(offsetOf(document, keys)) };
}

/** Aliases are followed at most 100 times, so that a few lines cannot grow to gigabytes. */
function plainValue(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new MlopsError('CONFIG_INVALID', `${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Where the key at the path stands in the text, or else its nearest parent. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  let node = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && String(item.key) === String(key));
      if (!pair) return offset;
      offset = (pair.key as Node | null)?.range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else if (isSeq(node)) {
      node = (node.items[key as number] as Node | undefined) ?? null;
      offset = node?.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}
