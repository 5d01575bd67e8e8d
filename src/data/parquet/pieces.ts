import type { ByteSource } from '../sources/byte-source.ts';

/** Where one column of one row group stands in a file. */
export interface Wanted {
  readonly group: number;
  readonly column: string;
  readonly start: number;
  readonly end: number;
}

export interface Piece extends Wanted {
  readonly bytes: ArrayBuffer;
}

/** Pieces that are under way while another is decoded, and their bytes together. */
const AHEAD = 8;
const AHEAD_BYTES = 64 * 2 ** 20;
/** Pieces that touch are read in one go up to so many bytes. */
const RUN_BYTES = 8 * 2 ** 20;

interface Run {
  readonly pieces: Wanted[];
  readonly start: number;
  end: number;
}

/** The pieces in their order; the next ones are read in the meantime, no byte that is not wanted, and never much more than is allowed to wait. */
export async function* piecesAhead(
  source: ByteSource,
  wanted: readonly Wanted[],
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const runs = runsOf(wanted);
  const underWay: { run: Run; bytes: Promise<ArrayBuffer> }[] = [];
  let waiting = 0;
  let next = 0;
  try {
    for (;;) {
      while (next < runs.length && underWay.length < AHEAD && (waiting === 0 || waiting < AHEAD_BYTES)) {
        const run = runs[next++]!;
        waiting += run.end - run.start;
        const bytes = source.read(run.start, run.end);
        // Told when its turn comes.
        bytes.catch(() => undefined);
        underWay.push({ run, bytes });
      }
      const first = underWay.shift();
      if (!first) return;
      signal.throwIfAborted();
      const { run } = first;
      const bytes = await first.bytes;
      for (const piece of run.pieces) {
        const { start, end } = piece;
        const whole = run.pieces.length === 1;
        yield { ...piece, bytes: whole ? bytes : bytes.slice(start - run.start, end - run.start) };
      }
      waiting -= run.end - run.start;
    }
  } finally {
    await Promise.allSettled(underWay.map(({ bytes }) => bytes));
  }
}

function runsOf(wanted: readonly Wanted[]): Run[] {
  const runs: Run[] = [];
  for (const piece of wanted) {
    const last = runs.at(-1);
    if (last && piece.start === last.end && piece.end - last.start <= RUN_BYTES) {
      last.pieces.push(piece);
      last.end = piece.end;
    } else runs.push({ pieces: [piece], start: piece.start, end: piece.end });
  }
  return runs;
}
