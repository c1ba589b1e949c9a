/**
 * The servo's own queue server: a child on a unix socket that keeps its state on disk, outlives a killed servo to be adopted
 * by the next one, and is started again when it dies.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueServerBinary } from './find-binary.ts';
import { QueueServerError } from './queue-server-error.ts';
import { readServerFacts, requestShutdown, type ServerFacts } from './server-facts.ts';
import { withStartLock } from './start-lock.ts';
import { ownServerPid, type WorkFolder } from './work-folder.ts';

export interface ManagedServerOptions {
  readonly folder: WorkFolder;
  /** Asked only when a server must be started: adopting needs no program. */
  readonly findBinary: () => Promise<QueueServerBinary>;
  readonly log: (line: string) => void;
}

/** Reading back a large append-only file takes seconds, and so does a container's first start. */
const START_MS = 30_000;
const STOP_MS = 5_000;
const POLL_MS = 10;
const RESTART_DELAYS_MS = [100, 500, 1_000, 5_000] as const;
/** A server that lived this long did not die of its own start. */
const SETTLED_MS = 60_000;

const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG', 'XDG_RUNTIME_DIR'];

export class ManagedServer {
  readonly #options: ManagedServerOptions;
  #binary: QueueServerBinary | null = null;
  #lifeline: Socket | null = null;
  #recovery: Promise<void> = Promise.resolve();
  #stopping = false;
  #quickDeaths = 0;
  #startedAtMs = 0;

  constructor(options: ManagedServerOptions) {
    this.#options = options;
  }

  /** Adopts the live server of this folder, or starts one: a second one on the same files would corrupt them. */
  async start(): Promise<ServerFacts> {
    const { folder, log } = this.#options;
    const { facts, how } = await withStartLock(folder.dir, START_MS, async () =>
      (await isListening(folder.socketPath))
        ? { facts: await this.#adopt(), how: 'found running' }
        : { facts: await this.#launch(), how: 'started' },
    );
    this.#startedAtMs = performance.now();
    this.#watch();
    log(`queue server: ${facts.product} ${facts.productVersion} ${how} (pid ${facts.pid}), state in ${folder.dir}`);
    return facts;
  }

  /** Ends the server in good order, an adopted one too; its state stays on disk. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.race([this.#recovery, sleep(START_MS, undefined, { ref: false })]);
    this.#lifeline?.destroy();
    const { folder } = this.#options;
    await requestShutdown({ path: folder.socketPath }, STOP_MS).catch(() => undefined);
    const isGone = async (): Promise<boolean> =>
      ownServerPid(folder) === null && !(await isListening(folder.socketPath));
    if (!(await holdsWithin(STOP_MS, isGone))) await this.#endOwnProcess();
  }

  async #adopt(): Promise<ServerFacts> {
    const { socketPath, dir } = this.#options.folder;
    try {
      return await readServerFacts({ path: socketPath }, START_MS);
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      throw new QueueServerError(
        `The queue server of ${dir} does not answer (${cause}): end its process and start again.`,
      );
    }
  }

  async #launch(): Promise<ServerFacts> {
    const { folder, findBinary, log } = this.#options;
    // A live server whose socket was swept away still writes to the files.
    await this.#endOwnProcess();
    this.#binary ??= await findBinary();
    await rm(folder.logFile, { force: true });
    const facts = await spawnServer(this.#binary, folder);
    if (facts !== null) return facts;
    // The queue holds no truth of its own, so state that cannot be read back is no reason not to start.
    if (/append.?only|AOF/i.test(lastLogLine(folder)) && setAppendOnlyFilesAside(folder)) {
      log(`queue server: its saved state cannot be read, set aside as ${folder.dir}/appendonlydir.unreadable`);
      const emptyStart = await spawnServer(this.#binary, folder);
      if (emptyStart !== null) return emptyStart;
    }
    throw new QueueServerError(`The queue server ${this.#binary.command[0]} does not start: ${lastLogLine(folder)}`);
  }

  /** Holds a connection of our own, which breaks exactly when the server goes, be it started or adopted. */
  #watch(): void {
    const lifeline = connect(this.#options.folder.socketPath);
    lifeline.on('error', () => undefined);
    lifeline.once('close', () => {
      if (!this.#stopping) this.#recovery = this.#recover();
    });
    lifeline.unref();
    this.#lifeline = lifeline;
  }

  async #recover(): Promise<void> {
    const { log } = this.#options;
    if (performance.now() - this.#startedAtMs > SETTLED_MS) this.#quickDeaths = 0;
    while (!this.#stopping) {
      const delayMs = RESTART_DELAYS_MS[this.#quickDeaths] ?? RESTART_DELAYS_MS.at(-1);
      this.#quickDeaths += 1;
      log(`queue server: gone, starting it again in ${delayMs} ms`);
      await sleep(delayMs, undefined, { ref: false });
      try {
        if (!this.#stopping) await this.start();
        return;
      } catch (error) {
        log(`queue server: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  async #endOwnProcess(): Promise<void> {
    const { folder } = this.#options;
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const pid = ownServerPid(folder);
      if (pid === null) return;
      process.kill(pid, signal);
      if (await holdsWithin(STOP_MS, () => ownServerPid(folder) === null)) return;
    }
    throw new QueueServerError(`The queue server of ${folder.dir} cannot be ended (pid ${ownServerPid(folder)}).`);
  }
}

/** Returns null when the server ended, or did not answer in time and was ended. */
async function spawnServer(binary: QueueServerBinary, folder: WorkFolder): Promise<ServerFacts | null> {
  // Detached, so that Ctrl-C does not end it before the workers have closed.
  const [program, ...leadingArgs] = binary.command;
  const child = spawn(program, [...leadingArgs, ...serverArguments(folder)], {
    cwd: folder.dir,
    env: Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]])),
    detached: true,
    stdio: 'ignore',
  });
  child.unref();
  let ended = false;
  for (const event of ['exit', 'error']) {
    child.on(event, () => {
      ended = true;
    });
  }
  const deadlineAtMs = performance.now() + START_MS;
  while (!ended && performance.now() < deadlineAtMs) {
    // It listens before it has read its files, so only an answer counts.
    const facts = (await isListening(folder.socketPath)) ? await askForFacts(folder) : null;
    if (facts !== null) return facts;
    await sleep(POLL_MS);
  }
  child.kill();
  return null;
}

function askForFacts({ socketPath }: WorkFolder): Promise<ServerFacts | null> {
  return readServerFacts({ path: socketPath }, START_MS).catch(() => null);
}

function serverArguments({ dir, socketPath, pidFile, logFile }: WorkFolder): string[] {
  const settings = {
    port: '0',
    unixsocket: socketPath,
    unixsocketperm: '700',
    dir,
    pidfile: pidFile,
    logfile: logFile,
    loglevel: 'warning',
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    // The server's own clock: it decides how late a delayed job may be.
    hz: '100',
    'maxmemory-policy': 'noeviction',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

function setAppendOnlyFilesAside({ dir }: WorkFolder): boolean {
  const files = join(dir, 'appendonlydir');
  if (!existsSync(files)) return false;
  renameSync(files, `${files}.unreadable-${Date.now()}`);
  return true;
}

function lastLogLine({ logFile }: WorkFolder): string {
  if (!existsSync(logFile)) return 'it said nothing';
  return readFileSync(logFile, 'utf8').trim().split('\n').at(-1) ?? '';
}

function isListening(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function holdsWithin(deadlineMs: number, condition: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadlineAtMs = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > deadlineAtMs) return false;
    await sleep(POLL_MS);
  }
  return true;
}
