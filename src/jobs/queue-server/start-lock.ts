/** Lets one process at a time decide whether to adopt a queue server or to start one. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 20;

/** The lock is a name in Linux's abstract socket space, which the kernel frees when its holder dies; elsewhere there is none. */
export async function withStartLock<T>(dir: string, deadlineMs: number, act: () => Promise<T>): Promise<T> {
  if (process.platform !== 'linux') return act();
  const name = `\0servo-queue-${createHash('sha256').update(dir).digest('hex').slice(0, 32)}`;
  const deadlineAtMs = performance.now() + deadlineMs;
  let lock = await tryListen(name);
  while (lock === null) {
    if (performance.now() > deadlineAtMs)
      throw new Error(`another process has been starting the queue server of ${dir} for too long`);
    await sleep(RETRY_MS);
    lock = await tryListen(name);
  }
  try {
    return await act();
  } finally {
    lock.close();
  }
}

function tryListen(name: string): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(name, () => resolve(server));
  });
}
