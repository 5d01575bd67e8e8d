import { execFileSync } from 'node:child_process';
import { describe, test } from 'vitest';

/** What only the machine can provide, with a look at whether it is there and the command that installs it. */
const TOOLS = {
  git: { probe: () => works('git', '--version'), install: 'apt-get install -y git' },
  go: { probe: () => works('go', 'version'), install: 'apt-get install -y golang-go' },
  python: {
    probe: () => works('python3', '-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'),
    install: 'apt-get install -y python3 python3-venv',
  },
  chromium: {
    probe: () => works('chromium', '--version'),
    install: 'apt-get update && apt-get install -y --no-install-recommends chromium',
  },
  // A mount namespace of one's own, for disks that are full or read-only.
  unshare: { probe: () => works('unshare', '-rm', 'true'), install: 'apt-get install -y util-linux' },
  java: { probe: () => works('java', '-version'), install: 'apt-get install -y openjdk-17-jre-headless' },
  openssl: { probe: () => works('openssl', 'version'), install: 'apt-get install -y openssl' },
  postgres: { probe: () => postgresIsThere(), install: 'apt-get install -y postgresql' },
} as const;

export type Tool = keyof typeof TOOLS;

/** What is missing, in words with the install command; undefined when all is there. */
export function missingTools(tools: readonly Tool[]): string | undefined {
  const missing = tools.filter((tool) => !TOOLS[tool].probe());
  if (missing.length === 0) return undefined;
  return missing.map((tool) => `${tool} is missing; install it with: ${TOOLS[tool].install}`).join('; ');
}

/**
 * `describe` for tests that need programs of the machine. Where one is missing the suite is skipped with the reason in
 * its name; under CI=true it fails with the install command, so that a green run there has run everything.
 */
export function describeWith(tools: readonly Tool[], name: string, body: () => void): void {
  const missing = missingTools(tools);
  if (missing === undefined) {
    describe(name, body);
  } else if (process.env.CI === 'true') {
    test(name, () => {
      throw new Error(missing);
    });
  } else {
    describe.skip(`${name} (skipped: ${missing})`, body);
  }
}

function works(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function postgresIsThere(): boolean {
  return works('sh', '-c', 'command -v postgres || ls /usr/lib/postgresql/*/bin/postgres');
}
