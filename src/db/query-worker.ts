/** The thread that answers queries: long lists and exports must not stop the event loop that trades. */
import { parentPort, workerData } from 'node:worker_threads';
import { openQueries, type Queries } from './queries.ts';
import type { Answer, Question } from './worker-messages.ts';

const port = parentPort;
if (port === null) throw new Error('query-worker.ts runs as a worker thread; use queriesInWorker()');

const { path } = workerData as { readonly path: string };
let opened: Queries | undefined;

port.on('message', ({ id, read, args }: Question) => port.postMessage(answerTo(id, read, args)));

function answerTo(id: number, read: Question['read'], args: Question['args']): Answer {
  try {
    // Opened at the first question: a database that is not there yet is an answer, not the end of the thread.
    opened ??= openQueries(path);
    const ask = opened[read] as (...args: readonly unknown[]) => unknown;
    return { id, value: ask(...args) };
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    return { id, failure: { name, message, ...(code !== undefined && { code }) } };
  }
}
