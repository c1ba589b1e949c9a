/** One life of the model's worker thread: it becomes ready, answers, and ends, by our hand or by its own fault. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ModelError, reasonOf } from './model-error.ts';
import type { Answer, Batch } from './session.ts';
import type { Reply, Request, Setup } from './worker-messages.ts';

interface Settle<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (fault: Error) => void;
}

export class ModelThread {
  /** Rejects when the thread dies before its session is open, with a `ModelError` where the model is not what its proof says. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #started: Settle<void>;
  readonly #waiting = new Map<number, Settle<Answer>>();
  readonly #exited: Promise<unknown>;
  #lastId = 0;
  #fault = 'the thread ended by itself';
  #over = false;

  /** `onDeath` is told why when nobody asked the thread to end. */
  constructor(setup: Setup, onDeath: (reason: string) => void) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#started = { resolve, reject };
    // Whoever awaits it is told; nobody has to.
    promise.catch(() => undefined);
    // Flags of the process, such as --input-type, are not meant for the thread.
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: setup, execArgv: [] });
    this.#worker.on('message', (reply: Reply) => this.#hear(reply));
    this.#worker.on('error', (thrown) => {
      this.#fault = reasonOf(thrown);
    });
    this.#exited = once(this.#worker, 'exit').then(() => {
      if (this.#over) return;
      this.#giveUp(new Error(this.#fault));
      onDeath(this.#fault);
    });
  }

  /** Rejects when the run throws or the thread ends first. Memory that threads share is not to be written to before. */
  ask(batch: Batch): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const id = ++this.#lastId;
    if (this.#over) reject(new Error(this.#fault));
    else this.#waiting.set(id, { resolve, reject });
    this.#tell({ kind: 'ask', id, batch });
    return promise;
  }

  /**
   * Whoever still waits is told `reason`, and a late answer goes nowhere. Resolves when the thread is gone, after the run it is in:
   * to terminate a thread inside ONNX Runtime aborts the whole process.
   */
  async end(reason: string): Promise<void> {
    this.#giveUp(new Error(reason));
    this.#tell({ kind: 'end' });
    await this.#exited;
  }

  #tell(request: Request): void {
    this.#worker.postMessage(request);
  }

  #hear(reply: Reply): void {
    if (reply.kind === 'ready') {
      this.#started.resolve();
      return;
    }
    if (reply.kind === 'refused') {
      this.#giveUp(new ModelError(...reply.parts));
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.kind === 'answered') waiting?.resolve(reply.answer);
    else waiting?.reject(new Error(reply.reason));
  }

  #giveUp(fault: Error): void {
    this.#over = true;
    this.#fault = fault.message;
    this.#started.reject(fault);
    for (const { reject } of this.#waiting.values()) reject(fault);
    this.#waiting.clear();
  }
}
