/** What every command needs first: the packages of the lock file and a Node that runs TypeScript. Plain JavaScript, for any Node from 18 on. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const OLDEST_NODE = [22, 18];
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'];
/** One Ctrl-C arrives twice under npm: from the terminal and from npm. A second press counts only after this. */
const SAME_SIGNAL_MS = 250;
const LOG_TAIL_LINES = 15;

const EXIT_USAGE = 2;
const EXIT_SERVICE_MISSING = 4;

/** The machine lacks something; the message says what to do, the code is the process's exit code. */
export class SetupError extends Error {
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs a command's body and makes its result the exit code. */
export async function main(body) {
  try {
    process.exitCode = await body(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

/**
 * Installs what is missing and returns the Node to run with. `dev` asks for the tools of the tests too; with `keepStale` an
 * installation of another lock file is left as it is, because a servo may be trading from it.
 */
export async function prepare({ dev, keepStale = false, root = ROOT, say = sayOnStderr }) {
  const node = chooseNode(root, process);
  const state = dependencyState(root, dev);
  const enough = state === 'current' || (state === 'stale' && keepStale);
  if (!enough || !existsSync(node)) await installDependencies(root, say);
  return node;
}

/** Standard output belongs to the command's result. */
function sayOnStderr(line) {
  process.stderr.write(`${line}\n`);
}

/** This Node where it is new enough, else the one that comes with the packages. */
export function chooseNode(root, { versions, execPath, platform, arch }) {
  const [major, minor] = versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return execPath;
  if (platform === 'linux' && (arch === 'x64' || arch === 'arm64'))
    return join(root, `node_modules/node-linux-${arch}/bin/node`);
  throw new SetupError(
    `Node ${versions.node} found, ${OLDEST_NODE.join('.')} or newer is needed: install Node 24 (nodejs.org) and run this again.`,
    EXIT_USAGE,
  );
}

/** A linked folder belongs to another checkout: npm ci would empty it there. */
const isBorrowed = (folder) => existsSync(folder) && lstatSync(folder).isSymbolicLink();

/** Compares the lock file with npm's own record of what it installed, which it writes last. */
export function dependencyState(root, dev) {
  if (isBorrowed(join(root, 'node_modules'))) return 'current';
  const installed = readPackages(join(root, 'node_modules/.package-lock.json'));
  if (installed === null) return 'missing';
  const isInstalled = ([path, wanted]) => {
    const found = installed[path];
    if (found === undefined) return wanted.optional || wanted.devOptional || (wanted.dev && !dev);
    return found.version === wanted.version && found.integrity === wanted.integrity;
  };
  const { '': _project, ...wanted } = readPackages(join(root, 'package-lock.json')) ?? {};
  return Object.entries(wanted).every(isInstalled) ? 'current' : 'stale';
}

function readPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : null;
}

async function installDependencies(root, say) {
  const logFile = join(root, 'logs/setup.log');
  mkdirSync(dirname(logFile), { recursive: true });
  say('Setting up: installing the packages of package-lock.json (about a minute) …');
  const startedAt = performance.now();
  const log = openSync(logFile, 'w');
  const { npm_execpath: npmScript, npm_node_execpath: npmNode } = process.env;
  const npm = npmScript && npmNode ? [npmNode, npmScript] : ['npm'];
  const exitCode = await run([...npm, 'ci', '--include=dev', '--no-audit', '--no-fund'], {
    cwd: root,
    // npm before 11 does not know allowScripts and would download GPU files that are not used.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  if (exitCode !== 0) {
    const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
    throw new SetupError(
      `${tail}\nThe packages could not be installed (npm ci ended with ${exitCode}; all of it: ${logFile}).`,
      EXIT_SERVICE_MISSING,
    );
  }
  say(`Setting up: done in ${Math.round((performance.now() - startedAt) / 1_000)} s`);
}

/** Runs a script under the chosen Node, which is also the `node` of whatever that script starts. */
export function runNode(node, args, options = {}) {
  const env = { ...process.env, PATH: [dirname(node), process.env.PATH].filter(Boolean).join(delimiter) };
  return run([node, ...args], { stdio: 'inherit', env, ...options });
}

/**
 * Resolves with the exit code, 128 + n after signal n as in a shell. The program gets its own session and every signal from here:
 * in ours, Ctrl-C would reach it once from the terminal and once more from us, and a second one means "do not wait".
 */
function run([program, ...args], options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, detached: true });
    const lastSentAt = {};
    const forward = (signal) => {
      const now = performance.now();
      if (now - (lastSentAt[signal] ?? -Infinity) > SAME_SIGNAL_MS) child.kill(signal);
      lastSentAt[signal] = now;
    };
    for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
    const finish = () => {
      for (const signal of FORWARDED_SIGNALS) process.off(signal, forward);
    };
    child.once('error', (error) => {
      finish();
      reject(new SetupError(`${program} cannot be run: ${error.message}`, EXIT_SERVICE_MISSING));
    });
    child.once('exit', (code, signal) => {
      finish();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}
