/** Keeps a model's thread running: gives up on a slow answer, starts the thread anew, and says what happened instead of throwing. */
import { performance } from 'node:perf_hooks';
import type { NeutralReason } from '../domain/signal.ts';
import { reasonOf } from './model-error.ts';
import { ModelThread } from './model-thread.ts';
import type { Answer, Batch } from './session.ts';
import type { Setup } from './worker-messages.ts';

type Attempt =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'neutral'; readonly reason: NeutralReason; readonly detail: string };

const LATE = Symbol('late');
/** A slow thread cannot be stopped inside a run, so it is left to finish while another serves; never more than these at once. */
const THREADS_MAX = 2;

export class SupervisedThread {
  readonly #setup: Setup;
  readonly #timeoutMs: number;
  readonly #log: (line: string) => void;
  /** Absent after it died of itself: the next call starts another, so a model that kills its thread cannot make a loop. */
  #serving: ModelThread | undefined;
  /** Threads that were told to end and are still in a run. */
  readonly #ending = new Set<Promise<void>>();
  #closed = false;

  constructor(setup: Setup, timeoutMs: number, log: (line: string) => void) {
    this.#setup = setup;
    this.#timeoutMs = timeoutMs;
    this.#log = log;
  }

  /** Rejects when the session cannot be opened. */
  async start(): Promise<void> {
    await this.#present()?.ready;
  }

  /** Takes at most the timeout, the start of a new thread included. Never rejects. */
  async ask(batch: Batch): Promise<Attempt> {
    const deadline = performance.now() + this.#timeoutMs;
    const thread = this.#present();
    if (thread === undefined) return this.#neutralWithoutThread();
    try {
      // A thread that is still starting is left to it: ended at every call, it would never get ready.
      if ((await before(deadline, thread.ready)) === LATE) return this.#late('the model was still starting');
      const answer = await before(deadline, thread.ask(batch));
      if (answer !== LATE) return { kind: 'answered', answer };
      this.#replace(thread);
      return this.#late('no answer');
    } catch (thrown) {
      return { kind: 'neutral', reason: 'model_failed', detail: reasonOf(thrown) };
    }
  }

  /** Resolves when every thread is gone: a run that has begun is waited for. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retire('the predictor is closed');
    await Promise.all(this.#ending);
  }

  #present(): ModelThread | undefined {
    if (this.#serving === undefined && !this.#closed && this.#ending.size < THREADS_MAX) {
      const thread = new ModelThread(this.#setup, (reason) => {
        this.#serving = undefined;
        this.#log(`the model's thread died (${reason}); the next prediction starts another`);
      });
      this.#serving = thread;
    }
    return this.#serving;
  }

  #replace(slow: ModelThread): void {
    if (this.#serving !== slow) return;
    this.#log(`the model gave no answer within ${this.#timeoutMs} ms; another thread takes over`);
    this.#retire('a prediction before this one was too slow');
    this.#present();
  }

  #retire(reason: string): void {
    if (this.#serving === undefined) return;
    const ending = this.#serving.end(reason).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    this.#serving = undefined;
  }

  #late(what: string): Attempt {
    return { kind: 'neutral', reason: 'timeout', detail: `${what} within ${this.#timeoutMs} ms` };
  }

  #neutralWithoutThread(): Attempt {
    return this.#closed
      ? { kind: 'neutral', reason: 'model_failed', detail: 'the predictor is closed' }
      : { kind: 'neutral', reason: 'timeout', detail: 'the model is still busy with predictions before this one' };
  }
}

/** The value, or `LATE` when the monotonic clock passes `deadline` first. */
async function before<Value>(deadline: number, promise: Promise<Value>): Promise<Value | typeof LATE> {
  const { promise: late, resolve } = Promise.withResolvers<typeof LATE>();
  const timer = setTimeout(resolve, Math.max(0, deadline - performance.now()), LATE);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
