/** The folder the managed server keeps its state in, and where its unix socket can lie. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { QueueServerError } from './queue-server-error.ts';

export interface WorkFolder {
  readonly dir: string;
  readonly socketDir: string;
  readonly socketPath: string;
  readonly pidFile: string;
  readonly logFile: string;
}

/** The kernel allows 108 bytes with the closing zero, on macOS 104. */
const MAX_SOCKET_PATH_BYTES = 103;
const SOCKET_NAME = 'redis.sock';

export function makeWorkFolder(dataDir: string): WorkFolder {
  const wanted = join(resolve(dataDir), 'queue');
  mkdirSync(wanted, { recursive: true, mode: 0o700 });
  const dir = realpathSync(wanted);
  const socketDir = fitsSocket(dir) ? dir : makeShortFolder(dir);
  return {
    dir,
    socketDir,
    socketPath: join(socketDir, SOCKET_NAME),
    pidFile: join(dir, 'redis.pid'),
    logFile: join(dir, 'redis.log'),
  };
}

/** The process that the pid file names, if it is still the server of this very folder and not a stranger under a reused pid. */
export function ownServerPid({ dir, pidFile }: WorkFolder): number | null {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').trim());
    // Where there is no /proc this throws, and no process is ever taken for ours on a guess.
    return pid > 1 && readlinkSync(`/proc/${pid}/cwd`) === dir ? pid : null;
  } catch {
    return null;
  }
}

function fitsSocket(dir: string): boolean {
  return Buffer.byteLength(join(dir, SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES;
}

function makeShortFolder(dir: string): string {
  const name = `servo-${createHash('sha256').update(dir).digest('hex').slice(0, 16)}`;
  const short = join(realpathSync(tmpdir()), name);
  if (!fitsSocket(short)) {
    throw new QueueServerError(
      `No room for a unix socket: both ${dir} and ${short} are too long. Set TMPDIR to a short folder.`,
    );
  }
  mkdirSync(short, { recursive: true, mode: 0o700 });
  const found = lstatSync(short);
  const isOurs = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
  if (!isOurs) throw new QueueServerError(`${short} belongs to somebody else or is open to others: remove it.`);
  return short;
}
