/** The servo as a whole process, in a folder of its own: what is typed, what is printed, how it ends, and what stays behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';

export const ROOT = join(import.meta.dirname, '../..');
const CLI = join(ROOT, 'bin/run.cjs');
export const LAUNCHER = join(ROOT, 'bin/servo.mjs');

/** A process that need not compile the sources again starts in half the time. */
const COMPILED = join(ROOT, 'node_modules/.cache/servo-e2e');

/** Two busy cores are slow; nothing here is a measurement. */
export const PATIENCE_MS = 60_000;

export interface Home {
  readonly path: string;
  /** A file or folder in it. */
  at(...names: string[]): string;
  /** Ends what still runs there, and removes it. */
  remove(): Promise<void>;
}

/** The shipped configuration and model in an empty folder; any free port, so that homes do not meet. */
export function makeHome(change: (config: string) => string = (config) => config): Home {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'servo-e2e-')));
  cpSync(join(ROOT, 'models'), join(path, 'models'), { recursive: true });
  const shipped = readFileSync(join(ROOT, 'config.yaml'), 'utf8');
  writeFileSync(join(path, 'config.yaml'), change(replaced(shipped, 'port: 8080', 'port: 0')));
  return {
    path,
    at: (...names) => join(path, ...names),
    remove: async () => {
      for (const pid of processesIn(path)) process.kill(pid, 'SIGKILL');
      await until(() => processesIn(path).length === 0, 'its processes have ended');
      rmSync(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Fails where the place is not there exactly once. */
export function replaced(text: string, from: string, to: string): string {
  if (text.split(from).length !== 2) throw new Error(`"${from}" does not stand in the text exactly once`);
  return text.replace(from, () => to);
}

/** Every process that works in the folder: the servo itself, and its queue server. */
export function processesIn(folder: string): number[] {
  const workingFolder = (pid: string) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`);
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && `${workingFolder(name)}/`.startsWith(`${folder}/`))
    .map(Number);
}

export async function until(condition: () => boolean | Promise<boolean>, what: string, deadlineMs = PATIENCE_MS) {
  const deadlineAt = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > deadlineAt) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(20);
  }
}

interface Typed {
  readonly env?: Readonly<Record<string, string>>;
  /** Through bin/servo.mjs, as npm does. */
  readonly launcher?: boolean;
}

/** A servo that was started: its output so far, and its end. */
export class Running {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  /** The exit code; −1 where a signal ended it. */
  readonly ended: Promise<number>;

  constructor(home: Home, args: readonly string[], { env = {}, launcher = false }: Typed = {}) {
    this.child = spawn(process.execPath, [launcher ? LAUNCHER : CLI, ...args], {
      cwd: home.path,
      // Nothing of the machine that runs the tests: no tokens, no queue server's address, no colours.
      env: { PATH: process.env['PATH'] ?? '', HOME: home.path, NODE_COMPILE_CACHE: COMPILED, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = once(this.child, 'close').then(([code]) => (typeof code === 'number' ? code : -1));
  }

  get lines(): string[] {
    return this.stdout.split('\n');
  }

  /** Waits for it on the screen; a process that ended without it is a failure with all it said. */
  async shows(pattern: RegExp, deadlineMs = PATIENCE_MS): Promise<void> {
    const gone = () => this.child.exitCode !== null || this.child.signalCode !== null;
    await until(() => pattern.test(this.stdout) || gone(), `${pattern} on:\n${this.stdout}${this.stderr}`, deadlineMs);
    if (!pattern.test(this.stdout)) throw new Error(`ended without ${pattern}:\n${this.stdout}${this.stderr}`);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

export const start = (home: Home, args: readonly string[], typed?: Typed): Running => new Running(home, args, typed);

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command from its start to its end. */
export async function servo(home: Home, args: readonly string[], typed?: Typed): Promise<Result> {
  const running = start(home, args, typed);
  const code = await running.ended;
  return { code, stdout: running.stdout, stderr: running.stderr };
}

export const SIMULATED_ACCOUNT = 'paper-simulator-7';

/** Rows of a home's book, while the servo writes or after it. */
export function query<Row>(home: Home, sql: string, account = SIMULATED_ACCOUNT): Row[] {
  const database = new Database(home.at('data', account, 'servo.db'), { readonly: true });
  try {
    return database.prepare<[], Row>(sql).all();
  } finally {
    database.close();
  }
}

export const lastKind = (home: Home, account = SIMULATED_ACCOUNT): string | undefined =>
  query<{ kind: string }>(home, 'SELECT kind FROM journal ORDER BY sequence DESC LIMIT 1', account)[0]?.kind;

/** What a refused start must leave alone. */
export const filesIn = (home: Home): string[] =>
  readdirSync(home.path, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('models'));

export const secretOf = (home: Home): string =>
  existsSync(home.at('data/api.token')) ? readFileSync(home.at('data/api.token'), 'utf8').trim() : '';

/** Somebody else's server on a port of its own. */
export async function strangerOnPort(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, server };
}
