import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { MlopsError } from '../errors/mlops-error.ts';
import { type Git, unreachable } from './git.ts';
import { REMOTE } from './remote.ts';
import { parseSuccessor, SUCCESSOR } from './successor.ts';

/** A file of the branch: its path and the id of its bytes in git. */
export interface BranchFile {
  readonly path: string;
  readonly oid: string;
}

export interface NewCommit {
  /** The commit that it follows; undefined for the first of the branch. */
  readonly parent: string | undefined;
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  /** Seconds since the epoch. */
  readonly time: number;
  readonly put: readonly { readonly path: string; readonly content: string | { readonly oid: string } }[];
  readonly remove: readonly string[];
}

/** `lost`: the branch moved meanwhile. `failed`: no answer, so that it may have arrived or not. */
export type PushOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'lost' | 'refused' | 'failed'; readonly reason: string };

/** Answers of a git server that say that somebody else was faster. */
const RACE = /fetch first|non-fast-forward|stale info|cannot lock ref|failed to (update|lock)|already exists/i;
const NEW_COMMIT = 'refs/ledger/new';
const TIP = 'refs/ledger/tip';
const ARGUMENTS_AT_ONCE = 500;
/** Of branches that were compacted one after the other. */
const MOST_HOPS = 20;
const SUCCESSOR_ATTEMPTS = 60;
const SUCCESSOR_WAIT_MS = 1000;

/**
 * The ledger branch, in a bare repository of its own that holds its newest commit and of its files only those that were
 * asked for. The checkout of the user is not touched.
 */
export class LedgerBranch {
  readonly #git: Git;
  readonly #repository: string;
  readonly #remote: string;
  #branch: string;

  constructor(git: Git, options: { repository: string; branch: string; shown: string }) {
    this.#git = git;
    this.#repository = options.repository;
    this.#branch = options.branch;
    this.#remote = options.shown;
  }

  /** Its name; another one once `fetchTip` has followed a branch to its successor. */
  get name(): string {
    return this.#branch;
  }

  get #shown(): string {
    return `ledger branch "${this.#branch}" of ${this.#remote}`;
  }

  async create(): Promise<void> {
    if ((await this.#git.run(['check-ref-format', `refs/heads/${this.#branch}`])).status !== 0) {
      throw new MlopsError(
        'CONFIG_INVALID',
        `"ledger.branch" is "${this.#branch}", which git takes for no branch name`,
      );
    }
    await mkdir(this.#repository, { recursive: true });
    await this.#must(['init', '--quiet', '--bare', '--template=']);
  }

  /**
   * The id of the newest commit, fetched without its history and files; undefined while there is no such branch. A branch that
   * was compacted says which one took its place, and that is this branch from then on.
   */
  async fetchTip(): Promise<string | undefined> {
    for (let hops = 0; hops < MOST_HOPS; hops++) {
      const tip = hops === 0 ? await this.fetchOwnTip() : await this.#fetchSuccessor();
      const successor = tip === undefined ? undefined : await this.successorAt(tip);
      if (successor === undefined) return tip;
      this.#branch = successor;
    }
    throw new MlopsError('LEDGER_DAMAGED', `the ledger of ${this.#remote} moved ${MOST_HOPS} times in a row`);
  }

  /** As `fetchTip`, but the branch's own newest commit, even when another branch took its place. */
  async fetchOwnTip(): Promise<string | undefined> {
    const ref = `refs/heads/${this.#branch}`;
    const fetch = () =>
      this.#run([
        ...['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--depth=1', '--filter=blob:none'],
        ...[REMOTE, `+${ref}:${TIP}`],
      ]);
    let fetched = await fetch();
    if (fetched.status !== 0) {
      // Only this tells a remote without the branch from one that does not answer.
      if (!(await this.exists(this.#branch))) return undefined;
      // Somebody may have made the branch between the two questions.
      fetched = await fetch();
    }
    if (fetched.status !== 0) {
      throw unreachable(`the ${this.#shown} cannot be read`, fetched.stderr);
    }
    return (await this.#must(['rev-parse', '--verify', TIP])).toString().trim();
  }

  /** False only when the remote has answered that it has no such branch. */
  async exists(branch: string): Promise<boolean> {
    return (await this.#run(['ls-remote', '--exit-code', REMOTE, `refs/heads/${branch}`])).status !== 2;
  }

  /** The branch that took this one's place, as of one of its commits. */
  async successorAt(commit: string): Promise<string | undefined> {
    const [file] = await this.find(commit, [SUCCESSOR]);
    if (file === undefined) return undefined;
    const [text] = await this.read([file.oid]);
    return parseSuccessor(text!.toString());
  }

  /** It is pushed a moment after the branch before it has named it. */
  async #fetchSuccessor(): Promise<string> {
    for (let attempt = 0; attempt < SUCCESSOR_ATTEMPTS; attempt++) {
      const tip = await this.fetchOwnTip();
      if (tip !== undefined) return tip;
      await sleep(SUCCESSOR_WAIT_MS);
    }
    throw new MlopsError(
      'LEDGER_DAMAGED',
      `the ledger moved to the branch "${this.#branch}" of ${this.#remote}, which is not there: finish the move with mlops ledger compact`,
    );
  }

  /** Files and folders right below each folder of a commit. */
  async list(commit: string, folders: readonly string[]): Promise<BranchFile[]> {
    return this.#lsTree(
      commit,
      folders.map((folder) => `${folder}/`),
    );
  }

  /** The files at these paths of a commit; those that are not there are left out. */
  async find(commit: string, paths: readonly string[]): Promise<BranchFile[]> {
    const found: BranchFile[] = [];
    for (let i = 0; i < paths.length; i += ARGUMENTS_AT_ONCE) {
      found.push(...(await this.#lsTree(commit, paths.slice(i, i + ARGUMENTS_AT_ONCE))));
    }
    return found;
  }

  /** The bytes of files, in their order; what is not here yet comes in one request. */
  async read(oids: readonly string[]): Promise<Buffer[]> {
    if (oids.length === 0) return [];
    await this.fetch(oids);
    const output = await this.#must(['cat-file', '--batch'], `${oids.join('\n')}\n`);
    const found: Buffer[] = [];
    let at = 0;
    for (const oid of oids) {
      const end = output.indexOf(10, at);
      const size = / blob (\d+)$/.exec(output.subarray(at, end).toString())?.[1];
      if (size === undefined) throw unreachable(`the ${this.#shown} cannot be read`, `it does not give out ${oid}`);
      found.push(output.subarray(end + 1, end + 1 + Number(size)));
      at = end + 1 + Number(size) + 1;
    }
    return found;
  }

  /** Keeps files of this machine in the repository, for a commit to come; their ids. */
  async keep(paths: readonly string[]): Promise<string[]> {
    const oids: string[] = [];
    for (let i = 0; i < paths.length; i += ARGUMENTS_AT_ONCE) {
      const part = paths.slice(i, i + ARGUMENTS_AT_ONCE);
      const output = await this.#must(['hash-object', '-w', '--no-filters', '--', ...part]);
      oids.push(...output.toString().trim().split('\n'));
    }
    return oids;
  }

  /** Makes a commit here; `push` is what makes it last. */
  async commit({ parent, message, author, time, put, remove }: NewCommit): Promise<string> {
    const who = `${author.name.replace(/[<>\n]/g, '')} <${author.email}> ${time} +0000`;
    const lines = [
      `feature done\nreset ${NEW_COMMIT}\n`,
      `commit ${NEW_COMMIT}\nmark :1\nauthor ${who}\ncommitter ${who}\n${dataOf(message)}`,
      parent === undefined ? '' : `from ${parent}\n`,
      ...remove.map((path) => `D ${path}\n`),
      ...put.map(({ path, content }) =>
        typeof content === 'string'
          ? `M 100644 inline ${path}\n${dataOf(content)}`
          : `M 100644 ${content.oid} ${path}\n`,
      ),
      '\nget-mark :1\ndone\n',
    ];
    const output = await this.#must(['fast-import', '--quiet', '--force'], lines.join(''));
    return output.toString().trim();
  }

  /** Offers the commit as a branch's next, or its first: taken as a fast-forward or not at all. */
  async push(commit: string, branch = this.#branch): Promise<PushOutcome> {
    const ran = await this.#run([
      ...['push', '--porcelain', '--no-verify', '--no-thin', '--no-follow-tags', '--no-signed'],
      ...['--recurse-submodules=no', REMOTE, `${commit}:refs/heads/${branch}`],
    ]);
    if (ran.status === 0) return { kind: 'done' };
    const answer = /^!\t[^\t]*\t(.*)$/m.exec(ran.stdout.toString())?.[1];
    if (answer === undefined) return { kind: 'failed', reason: ran.stderr };
    if (RACE.test(answer)) return { kind: 'lost', reason: answer };
    return { kind: 'refused', reason: `${ran.stderr}\n${answer}` };
  }

  /** The error that a push ended with. */
  refusal(reason: string): MlopsError {
    return unreachable(`the ${this.#shown} cannot be written`, reason);
  }

  /** Brings files here, in one request, that are not here yet. */
  async fetch(oids: readonly string[]): Promise<void> {
    const here = await this.#must(['cat-file', '--batch-all-objects', '--batch-check=%(objectname)', '--unordered']);
    const known = new Set(here.toString().split('\n'));
    const missing = [...new Set(oids)].filter((oid) => !known.has(oid));
    if (missing.length === 0) return;
    // As git itself brings the files of a partial clone.
    await this.#must(
      [
        ...['-c', 'fetch.negotiationAlgorithm=noop', 'fetch', '--quiet', '--no-tags', '--no-write-fetch-head'],
        ...['--recurse-submodules=no', '--filter=blob:none', '--stdin', REMOTE],
      ],
      `${missing.join('\n')}\n`,
    );
  }

  async #lsTree(commit: string, paths: readonly string[]): Promise<BranchFile[]> {
    if (paths.length === 0) return [];
    const output = await this.#must(['ls-tree', '-z', commit, '--', ...paths]);
    return output
      .toString()
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry) => ({ oid: entry.split(/[ \t]/)[2]!, path: entry.slice(entry.indexOf('\t') + 1) }));
  }

  #run(args: readonly string[], input?: string) {
    return this.#git.run([`--git-dir=${this.#repository}`, ...args], input);
  }

  #must(args: readonly string[], input?: string): Promise<Buffer> {
    return this.#git.must(`the ${this.#shown} cannot be read`, [`--git-dir=${this.#repository}`, ...args], input);
  }
}

function dataOf(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
