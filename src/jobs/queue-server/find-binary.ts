/** Finds a program that can serve the queue, the least intrusive way first: nothing is installed into the system by apt. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fetchPrivateCopy, privateCopyPath } from './private-copy.ts';
import { QueueServerError } from './queue-server-error.ts';
import { type RunCommand, runCommand } from './run-command.ts';

export const SERVER_NAMES = ['redis-server', 'valkey-server'] as const;

export interface QueueServerBinary {
  readonly way: Way;
  /** The program and what stands before the server's own arguments. */
  readonly command: CommandLine;
}

export interface SearchOptions {
  /** Where a private copy lies, or is put. */
  readonly privateDir: string;
  /** The folders the server works in; a container must be given them. */
  readonly workDirs: readonly string[];
  readonly log: (line: string) => void;
  readonly path?: string;
  readonly platform?: NodeJS.Platform;
  readonly run?: RunCommand;
}

type Way = 'path' | 'private copy' | 'apt' | 'brew' | 'docker';
type CommandLine = readonly [program: string, ...args: string[]];
type Search = Required<SearchOptions>;

const SEARCH_ORDER: Readonly<Record<Way, (search: Search) => Promise<CommandLine | null>>> = {
  path: async ({ path }) => alone(findOnPath(SERVER_NAMES, path)),
  'private copy': async ({ privateDir }) => alone(privateCopyPath(privateDir, SERVER_NAMES)),
  apt: fromApt,
  brew: fromBrew,
  docker: inDocker,
};

const BREW_INSTALL_MS = 600_000;
const DOCKER_PULL_MS = 300_000;
const QUESTION_MS = 10_000;
const DOCKER_IMAGE = 'redis:7';

export async function findQueueServerBinary(options: SearchOptions): Promise<QueueServerBinary> {
  const defaults = { path: process.env['PATH'] ?? '', platform: process.platform, run: runCommand };
  const search: Search = { ...defaults, ...options };
  for (const way of Object.keys(SEARCH_ORDER) as Way[]) {
    const command = await SEARCH_ORDER[way](search);
    if (command !== null) return { way, command };
  }
  const install =
    search.platform === 'darwin' ? 'run "brew install redis"' : 'install the package redis-server or valkey-server';
  throw new QueueServerError(`No queue server on this machine: ${install}, or set REDIS_URL to a running one.`);
}

export function findOnPath(names: readonly string[], path: string): string | null {
  const folders = path.split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable) ?? null;
}

async function fromApt({ platform, path, privateDir, run, log }: Search): Promise<CommandLine | null> {
  if (platform !== 'linux' || findOnPath(['apt-get'], path) === null) return null;
  log('queue server: none on PATH, fetching a private copy with apt-get (nothing is installed into the system)');
  const failure = await fetchPrivateCopy(privateDir, SERVER_NAMES, run);
  if (failure !== null) log(`queue server: no private copy: ${failure}`);
  return alone(privateCopyPath(privateDir, SERVER_NAMES));
}

async function fromBrew({ path, run, log }: Search): Promise<CommandLine | null> {
  const brew = findOnPath(['brew'], path);
  if (brew === null) return null;
  log('queue server: none on PATH, installing redis with brew');
  const installed = await run(brew, ['install', 'redis'], { timeoutMs: BREW_INSTALL_MS });
  if (!installed.ok) {
    log(`queue server: brew could not install redis: ${lastLine(installed.output)}`);
    return null;
  }
  const prefix = await run(brew, ['--prefix'], { timeoutMs: QUESTION_MS });
  return prefix.ok ? alone(findOnPath(SERVER_NAMES, join(prefix.output, 'bin'))) : null;
}

/** On Linux only: elsewhere the engine lives in a virtual machine, and a unix socket does not reach out of it. */
async function inDocker({ platform, path, workDirs, run, log }: Search): Promise<CommandLine | null> {
  const docker = findOnPath(['docker'], path);
  if (docker === null || platform !== 'linux') return null;
  const engine = await run(docker, ['info', '--format', '{{.ServerVersion}}'], { timeoutMs: QUESTION_MS });
  if (!engine.ok) return null;
  log(`queue server: none on PATH, using the Docker image ${DOCKER_IMAGE}`);
  const pulled = await run(docker, ['pull', '--quiet', DOCKER_IMAGE], { timeoutMs: DOCKER_PULL_MS });
  if (!pulled.ok) {
    log(`queue server: Docker could not pull ${DOCKER_IMAGE}: ${lastLine(pulled.output)}`);
    return null;
  }
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const volumes = workDirs.flatMap((dir) => ['--volume', `${dir}:${dir}`]);
  const confinement = ['--network', 'none', '--cap-drop', 'ALL', '--user', user];
  return [docker, 'run', '--rm', ...confinement, ...volumes, DOCKER_IMAGE, 'redis-server'];
}

function alone(program: string | null): CommandLine | null {
  return program === null ? null : [program];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function lastLine(text: string): string {
  return text.split('\n').at(-1) ?? '';
}
