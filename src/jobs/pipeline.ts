/** The five stage queues around the servo: tick, advance, nudge the next. Losing any job changes only when the work is done. */
import type { Queue } from 'bullmq';
import { messageOf } from '../servo/error-budget.ts';
import type { TimeoutError } from '../servo/exclusive.ts';
import type { Servo } from '../servo/servo.ts';
import { nextStage, STAGES, type Stage } from '../servo/stage.ts';
import type { Watchdog } from '../servo/watchdog.ts';
import { type StageHandlers, StageQueue, type StageQueueOptions } from './stage-queue.ts';

export interface PipelineOptions extends StageQueueOptions {
  readonly servo: Servo;
  readonly watchdog: Watchdog;
  readonly log: (level: 'debug' | 'warning', line: string) => void;
}

/** How long work may wait unnoticed after a lost nudge. */
const LOOK_EVERY_MS = 250;
const HEAL_EVERY_MS = 5_000;
const CLOSE_DEADLINE_MS = 5_000;

export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #stages: ReadonlyMap<Stage, StageQueue>;
  readonly #timers: NodeJS.Timeout[] = [];
  #barTimer: NodeJS.Timeout | undefined;
  #lastLook = '';

  constructor(options: PipelineOptions) {
    this.#options = options;
    const handlers: StageHandlers = {
      work: (stage) => this.#advance(stage),
      failed: (error) => this.#noteFailure(error),
      late: (error) => this.#noteLate(error),
      disturbed: (error) => options.log('debug', `queue: ${messageOf(error)}`),
    };
    this.#stages = new Map(STAGES.map((stage) => [stage, new StageQueue(stage, options, handlers)]));
  }

  get queues(): readonly Queue[] {
    return [...this.#stages.values()].map(({ queue }) => queue);
  }

  /** Queue figures in Prometheus' text format. */
  async metrics(): Promise<string> {
    const texts = await Promise.all(this.queues.map((queue) => queue.exportPrometheusMetrics()));
    return texts.join('\n');
  }

  async start(): Promise<void> {
    for (const stage of this.#stages.values()) await stage.start();
    this.#timers.push(
      setInterval(() => this.#look(), LOOK_EVERY_MS),
      setInterval(() => this.#heal(), HEAL_EVERY_MS),
    );
    this.#nudgeNext();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#barTimer);
    await Promise.all([...this.#stages.values()].map((stage) => stage.close(CLOSE_DEADLINE_MS)));
  }

  async #advance(stage: Stage): Promise<void> {
    const { servo, watchdog } = this.#options;
    const advance = () => servo.advance(stage);
    const worked = await (stage === 'monitor' ? watchdog.tick(advance) : advance());
    if (stage === 'monitor') servo.noteSuccess('queue');
    if (worked) this.#nudgeNext();
  }

  /** Latency is that of the nudge. A bar that is not due yet gets a timer: the sweep would find it only at its interval. */
  #nudgeNext(): void {
    const next = nextStage(this.#options.servo.state);
    const delayMs = next === 'ingest' ? this.#options.servo.feedDelayMs() : 0;
    if (delayMs === undefined) return;
    clearTimeout(this.#barTimer);
    if (delayMs === 0) this.#tell(next, 'nudge');
    // A timer may fire some milliseconds early: it asks again.
    else this.#barTimer = setTimeout(() => this.#nudgeNext(), delayMs);
  }

  #tell(stage: Stage, how: 'nudge' | 'remind'): void {
    this.#stages
      .get(stage)
      ?.[how]()
      .catch((error) => this.#options.log('debug', `nudge of ${stage} was lost: ${messageOf(error)}`));
  }

  /** Work that stands where it stood at the last look has lost its nudge. */
  #look(): void {
    const { state } = this.#options.servo;
    const stage = nextStage(state);
    const standing = `${stage} ${state.step.at} ${state.orders.size} ${state.reportCursor}`;
    if (standing === this.#lastLook && (stage !== 'ingest' || this.#options.servo.feedDelayMs() === 0))
      this.#tell(stage, 'remind');
    this.#lastLook = standing;
  }

  #heal(): void {
    const healAll = Promise.all(
      [...this.#stages.values()].map(async (stage) => {
        if (await stage.heal(Date.now()))
          this.#options.log('warning', `the schedule of ${stage.stage} was gone; it is back`);
      }),
    );
    healAll.catch((error) => this.#options.log('debug', `schedules could not be checked: ${messageOf(error)}`));
  }

  /** Whoever keeps it waiting is late himself, and is counted for that. */
  #noteLate(error: TimeoutError): void {
    if (this.#options.servo.isWaiting) this.#options.log('warning', error.message);
    else this.#noteFailure(error);
  }

  #noteFailure(error: unknown): void {
    this.#options.log('warning', messageOf(error));
    this.#options.servo.noteError(error);
  }
}
