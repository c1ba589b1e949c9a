/** One stage's queue: a sweep at every interval as the guarantee, nudges for the speed, and one worker. Jobs carry no truth. */
import { type ConnectionOptions, type JobsOptions, Queue, type QueueOptions, Worker } from 'bullmq';
import { TimeoutError, within } from '../servo/exclusive.ts';
import type { Stage } from '../servo/stage.ts';

export interface StageQueueOptions {
  readonly connection: ConnectionOptions;
  readonly prefix: string;
  readonly checkIntervalMs: number;
  /** Tries of a sweep after its first, from `execution.order.retry_attempts`; a rerun reads the journal anew. */
  readonly retryAttempts: number;
  readonly retryDelayMs: number;
  /** Of one job. */
  readonly timeoutMs: number;
}

export interface StageHandlers {
  readonly work: (stage: Stage) => Promise<void>;
  /** The work threw, or the queue gave a job up. */
  readonly failed: (error: unknown) => void;
  /** A job has given its place to the next while its work goes on. */
  readonly late: (error: TimeoutError) => void;
  /** The connection complained; BullMQ reconnects by itself. */
  readonly disturbed: (error: unknown) => void;
}

/** A producer gives a command up at the first failed reconnection, instead of waiting for the server for ever. */
const FAIL_FAST = { maxRetriesPerRequest: 1 } as const;
const PRODUCER_DEADLINE_MS = 2_000;
const KEEP = { removeOnComplete: { count: 100 }, removeOnFail: { count: 1_000 } } as const;
/** Nobody listens to BullMQ's event streams; its default of 10,000 is memory for nothing. */
const EVENTS_KEPT = 100;
const LOCK_MS = 30_000;
const STALLED_CHECK_MS = 5_000;

export class StageQueue {
  readonly stage: Stage;
  readonly queue: Queue;
  readonly #options: StageQueueOptions;
  readonly #worker: Worker;
  /** Errors that were told already. */
  readonly #told = new WeakSet<object>();

  constructor(stage: Stage, options: StageQueueOptions, handlers: StageHandlers) {
    this.stage = stage;
    this.#options = options;
    const { connection, prefix } = options;
    const producer: QueueOptions = {
      connection: { ...connection, ...FAIL_FAST } as ConnectionOptions,
      prefix,
      streams: { events: { maxLen: EVENTS_KEPT } },
    };
    this.queue = new Queue(stage, producer);
    this.queue.on('error', handlers.disturbed);
    this.#worker = new Worker(stage, () => this.#work(handlers), {
      connection,
      prefix,
      concurrency: 1,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: 1,
      autorun: false,
    });
    this.#worker.on('error', handlers.disturbed);
    this.#worker.on('failed', (_job, error) => {
      if (!this.#told.has(error)) handlers.failed(error);
    });
  }

  /** The key of a process that was killed would swallow reminders; the scheduler keeps its phase when it exists already. */
  async start(): Promise<void> {
    await this.#worker.waitUntilReady();
    await this.queue.waitUntilReady();
    await this.queue.removeDeduplicationKey(this.stage);
    await this.#schedule();
    this.#worker.run().catch(() => undefined);
  }

  /** There is work. Said once for each stage's work that was committed, so nudges cannot pile up. */
  nudge(): Promise<void> {
    return this.#add('nudge', {});
  }

  /** The work still stands. However often it is said, one reminder waits at most. */
  remind(): Promise<void> {
    return this.#add('reminder', { deduplication: { id: this.stage } });
  }

  /**
   * A flushed or half-lost server loses its schedulers without an error, and a clock that was set back leaves them waiting for
   * hours: what is missing, stale or far ahead is made anew. True when it was.
   */
  async heal(nowMs: number): Promise<boolean> {
    const { stage, queue } = this;
    const reading = queue.getJobScheduler(stage);
    const scheduler = await within(PRODUCER_DEADLINE_MS, `reading the scheduler of ${stage}`, reading);
    const staleMs = 2 * this.#options.checkIntervalMs + 1_000;
    if (scheduler?.next !== undefined && Math.abs(scheduler.next - nowMs) < staleMs) return false;
    // One that waits for a far time would keep it through an upsert.
    const removing = queue.removeJobScheduler(stage);
    await within(PRODUCER_DEADLINE_MS, `removing the scheduler of ${stage}`, removing);
    await within(PRODUCER_DEADLINE_MS, `scheduling ${stage}`, this.#schedule());
    return true;
  }

  async close(deadlineMs: number): Promise<void> {
    // BullMQ's close waits for ever while its server is away.
    const closing = Promise.allSettled([this.#worker.close(), this.queue.close()]);
    await within(deadlineMs, `closing ${this.stage}`, closing).catch(() => undefined);
  }

  /** What the work throws is told when it throws, once, also when its job was given up before. */
  async #work({ work, failed, late }: StageHandlers): Promise<void> {
    const working = work(this.stage).catch((error) => this.#tell(failed, error));
    try {
      await within(this.#options.timeoutMs, `the ${this.stage} job`, working);
    } catch (error) {
      if (error instanceof TimeoutError) this.#tell(late, error);
      throw error;
    }
  }

  #tell<E extends object>(tell: (error: E) => void, error: E): never {
    this.#told.add(error);
    tell(error);
    throw error;
  }

  async #schedule(): Promise<void> {
    const { checkIntervalMs, retryAttempts, retryDelayMs } = this.#options;
    // The sweep is the execute stage's retry: an order is never sent again because a job ran again.
    const attempts = this.stage === 'execute' ? 1 : retryAttempts + 1;
    const opts = { ...KEEP, attempts, backoff: { type: 'fixed', delay: retryDelayMs } };
    await this.queue.upsertJobScheduler(this.stage, { every: checkIntervalMs }, { name: 'sweep', data: {}, opts });
  }

  async #add(name: string, opts: JobsOptions): Promise<void> {
    const adding = this.queue.add(name, {}, { ...KEEP, attempts: 1, ...opts });
    await within(PRODUCER_DEADLINE_MS, `nudging ${this.stage}`, adding);
  }
}
