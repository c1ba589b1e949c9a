/** One stage's queue: a sweep at every interval as the guarantee, nudges for the speed, and one worker. Jobs carry no truth. */
import { type ConnectionOptions, type Job, Queue, type QueueOptions, Worker } from 'bullmq';
import { within } from '../servo/exclusive.ts';
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
  /** A job threw or was late. */
  readonly failed: (error: unknown) => void;
  /** The connection complained; BullMQ reconnects by itself. */
  readonly disturbed: (error: unknown) => void;
}

/** A producer gives a command up at the first failed reconnection, instead of waiting for the server for ever. */
const FAIL_FAST = { maxRetriesPerRequest: 1 } as const;
const PRODUCER_DEADLINE_MS = 2_000;
const KEEP = { removeOnComplete: { count: 100 }, removeOnFail: { count: 1_000 } } as const;
const LOCK_MS = 30_000;
const STALLED_CHECK_MS = 5_000;

export class StageQueue {
  readonly stage: Stage;
  readonly queue: Queue;
  readonly #options: StageQueueOptions;
  readonly #worker: Worker;

  constructor(stage: Stage, options: StageQueueOptions, handlers: StageHandlers) {
    this.stage = stage;
    this.#options = options;
    const { connection, prefix } = options;
    const producer: QueueOptions = { connection: { ...connection, ...FAIL_FAST } as ConnectionOptions, prefix };
    this.queue = new Queue(stage, producer);
    this.queue.on('error', handlers.disturbed);
    this.#worker = new Worker(stage, (job) => this.#process(job, handlers.work), {
      connection,
      prefix,
      concurrency: 1,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: 1,
      autorun: false,
    });
    this.#worker.on('error', handlers.disturbed);
    this.#worker.on('failed', (_job, error) => handlers.failed(error));
  }

  /** Keys of a process that was killed would swallow nudges; the scheduler keeps its phase when it exists already. */
  async start(): Promise<void> {
    await this.#worker.waitUntilReady();
    await this.queue.waitUntilReady();
    await this.queue.removeDeduplicationKey(this.stage);
    await this.#schedule();
    this.#worker.run().catch(() => undefined);
  }

  /** At most one nudge waits; one that is being worked on never swallows the next. */
  async nudge(): Promise<void> {
    const add = this.queue.add('nudge', {}, { ...KEEP, attempts: 1, deduplication: { id: this.stage } });
    await within(PRODUCER_DEADLINE_MS, `nudging ${this.stage}`, add);
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

  async #schedule(): Promise<void> {
    const { checkIntervalMs, retryAttempts, retryDelayMs } = this.#options;
    // The sweep is the execute stage's retry: an order is never sent again because a job ran again.
    const attempts = this.stage === 'execute' ? 1 : retryAttempts + 1;
    const opts = { ...KEEP, attempts, backoff: { type: 'fixed', delay: retryDelayMs } };
    await this.queue.upsertJobScheduler(this.stage, { every: checkIntervalMs }, { name: 'sweep', data: {}, opts });
  }

  async #process(job: Job, work: StageHandlers['work']): Promise<void> {
    // Before anything is read, so that what is committed from here on is nudged for again.
    if (job.name === 'nudge') await job.removeDeduplicationKey();
    await within(this.#options.timeoutMs, `the ${this.stage} job`, work(this.stage));
  }
}
