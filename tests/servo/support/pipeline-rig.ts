/** A rig whose stages are driven by the real queues of a real queue server, with its watchdog. */
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { Pipeline } from '../../../src/jobs/pipeline.ts';
import type { QueueServer } from '../../../src/jobs/queue-server/start-queue-server.ts';
import { systemClock } from '../../../src/servo/clock.ts';
import type { Servo } from '../../../src/servo/servo.ts';
import { STAGES, type Stage } from '../../../src/servo/stage.ts';
import { Watchdog } from '../../../src/servo/watchdog.ts';

export interface Driven {
  readonly pipeline: Pipeline;
  readonly watchdog: Watchdog;
  readonly lines: readonly string[];
  /** How often the queue has called each stage. */
  readonly calls: ReadonlyMap<Stage, number>;
}

export interface Drive {
  readonly prefix: string;
  readonly checkIntervalMs: number;
  readonly timeoutMs?: number;
  readonly retryAttempts?: number;
}

export const RETRY_DELAY_MS = 30;

/** Runs until the test ends. */
export async function drive(servo: Servo, server: QueueServer, options: Drive): Promise<Driven> {
  const { checkIntervalMs } = options;
  const lines: string[] = [];
  const calls = countCalls(servo);
  const watchdog = new Watchdog(servo, systemClock, checkIntervalMs, (line) => lines.push(line));
  const pipeline = new Pipeline({
    ...{ timeoutMs: 5_000, retryAttempts: 3, retryDelayMs: RETRY_DELAY_MS, ...options },
    ...{ servo, watchdog, connection: server.connection },
    log: (_, line) => lines.push(line),
  });
  onTestFinished(async () => {
    watchdog.stop();
    await pipeline.stop();
  });
  await pipeline.start();
  watchdog.start();
  return { pipeline, watchdog, lines, calls };
}

function countCalls(servo: Servo): Map<Stage, number> {
  const calls = new Map<Stage, number>(STAGES.map((stage) => [stage, 0]));
  const advance = servo.advance.bind(servo);
  servo.advance = (stage) => {
    calls.set(stage, (calls.get(stage) ?? 0) + 1);
    return advance(stage);
  };
  return calls;
}

export async function until(holds: () => boolean | Promise<boolean>, withinMs = 8_000): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${withinMs} ms: ${holds.toString()}`);
    await sleep(10);
  }
}
