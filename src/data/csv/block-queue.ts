/**
 * The blocks of a file that threads take, one after the other. A block is gone through by whoever took it, but two things it must
 * know of all blocks before it: whether it begins within quotes, and the number of its first row. Each thread passes them on as soon
 * as it knows them: the first after counting quotes, the second after finding the ends of rows; the cells are read beside one another.
 */
export interface BlockQueue {
  /** Shared memory. */
  readonly state: Int32Array<SharedArrayBuffer>;
  readonly blocks: number;
}

const NEXT = 0;
const STOPPED = 1;
/** The number of the block that the quotes, or the rows, before it are known of. */
const QUOTES_TURN = 2;
const ROWS_TURN = 3;
/** What is known of the block whose turn it is. */
const IN_QUOTES = 4;
const ROW = 5;
const LINE = 6;
const WORDS = 7;
/** After so long a thread looks after its messages. */
const PATIENCE_MS = 50;

/** Why the blocks are not all read. */
export type Stop = 'fault' | 'overflow' | 'aborted';
const STOPS: readonly Stop[] = ['fault', 'overflow', 'aborted'];

/** @param row, line of the first row of the first block */
export function blockQueue(blocks: number, row: number, line: number): BlockQueue {
  const state = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  state[ROW] = row;
  state[LINE] = line;
  return { state, blocks };
}

/** The number of a block that nobody else has; undefined: there is none left. */
export function takeBlock({ state, blocks }: BlockQueue): number | undefined {
  if (Atomics.load(state, STOPPED) !== 0) return undefined;
  const block = Atomics.add(state, NEXT, 1);
  return block < blocks ? block : undefined;
}

/** The first reason counts. */
export function stopQueue({ state }: BlockQueue, why: Stop): void {
  Atomics.compareExchange(state, STOPPED, 0, 1 + STOPS.indexOf(why));
  Atomics.notify(state, QUOTES_TURN);
  Atomics.notify(state, ROWS_TURN);
}

export function stopOf({ state }: BlockQueue): Stop | undefined {
  return STOPS[Atomics.load(state, STOPPED) - 1];
}

/** Whether the block begins within quotes. @param odd whether an odd number of quotes stand in it */
export async function passQuotes(queue: BlockQueue, block: number, odd: boolean): Promise<boolean | undefined> {
  if (!(await turn(queue, QUOTES_TURN, block))) return undefined;
  const { state } = queue;
  const inQuotes = state[IN_QUOTES] === 1;
  state[IN_QUOTES] = inQuotes !== odd ? 1 : 0;
  pass(state, QUOTES_TURN, block);
  return inQuotes;
}

/** Where the first row of the block stands, and the line that the block begins on; undefined: the queue has been stopped. */
export async function passRows(
  queue: BlockQueue,
  block: number,
  rows: number,
  lines: number,
): Promise<{ row: number; line: number } | undefined> {
  if (!(await turn(queue, ROWS_TURN, block))) return undefined;
  const { state } = queue;
  const [row, line] = [state[ROW]!, state[LINE]!];
  state[ROW] = row + rows;
  state[LINE] = line + lines;
  pass(state, ROWS_TURN, block);
  return { row, line };
}

/** The number of the row behind the last block. */
export function rowsRead({ state }: BlockQueue): number {
  return state[ROW]!;
}

/** The blocks whose rows are known. */
export function blocksDone({ state }: BlockQueue): number {
  return Atomics.load(state, ROWS_TURN);
}

function pass(state: Int32Array<SharedArrayBuffer>, which: number, block: number): void {
  Atomics.store(state, which, block + 1);
  Atomics.notify(state, which);
}

/** Waits until it is the turn of the block. @returns false: the queue has been stopped */
async function turn({ state }: BlockQueue, which: number, block: number): Promise<boolean> {
  for (;;) {
    if (Atomics.load(state, STOPPED) !== 0) return false;
    const now = Atomics.load(state, which);
    if (now === block) return true;
    if (Atomics.wait(state, which, now, PATIENCE_MS) === 'timed-out') await new Promise(setImmediate);
  }
}
