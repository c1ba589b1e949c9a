/** The queries as promises: the same reads, answered by a thread of their own. */
import { Worker } from 'node:worker_threads';
import type { StoreReads } from './queries.ts';
import { StoreError, type StoreErrorCode } from './store-error.ts';
import type { Answer, Question } from './worker-messages.ts';

export type AsyncReads = {
  readonly [R in keyof StoreReads]: (...args: Parameters<StoreReads[R]>) => Promise<ReturnType<StoreReads[R]>>;
};

export interface AsyncQueries extends AsyncReads {
  close(): Promise<void>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const READS: Record<keyof StoreReads, true> = {
  trades: true,
  decisions: true,
  decision: true,
  orders: true,
  positions: true,
  account: true,
  equity: true,
  daily: true,
  latencies: true,
  reasonCounts: true,
  shadows: true,
  entryFills: true,
  stamp: true,
  events: true,
  barTrail: true,
  journalTail: true,
  entriesAfter: true,
  loadSnapshot: true,
};

/** The thread starts with the first question; a thread that dies fails what it was asked, and the next question starts another. */
export function queriesInWorker(path: string): AsyncQueries {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let asked = 0;
  let closed = false;

  const start = (): Worker => {
    const thread = new Worker(new URL('./query-worker.ts', import.meta.url), { workerData: { path } });
    thread.on('message', (answer: Answer) => {
      const caller = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ('failure' in answer) caller?.reject(errorOf(answer.failure));
      else caller?.resolve(answer.value);
    });
    thread.on('error', (cause) => lose(thread, cause));
    thread.on('exit', () => lose(thread));
    return thread;
  };
  const lose = (thread: Worker, cause?: unknown): void => {
    if (worker !== thread) return;
    worker = undefined;
    const error = new StoreError('io', `${path}: the query thread ended before it answered; ask again`, { cause });
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const ask = (read: keyof StoreReads, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (closed) throw new StoreError('io', `${path}: the queries are closed`);
      worker ??= start();
      asked += 1;
      waiting.set(asked, { resolve, reject });
      worker.postMessage({ id: asked, read, args } satisfies Question);
    });

  const reads = Object.keys(READS).map((read) => [read, (...args: unknown[]) => ask(read as keyof StoreReads, args)]);
  return {
    ...(Object.fromEntries(reads) as AsyncReads),
    async close() {
      closed = true;
      await worker?.terminate();
    },
  };
}

function errorOf({ name, message, code }: Extract<Answer, { failure: unknown }>['failure']): Error {
  if (name === 'StoreError' || name === 'ChainError') return new StoreError(code as StoreErrorCode, message);
  return Object.assign(new Error(message), { name });
}
