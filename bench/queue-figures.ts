/** What the queue server and BullMQ cost by themselves: a round trip, a job, a tick, and the pipeline this one is not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { QueueConnection } from '../src/jobs/queue-server/connection.ts';
import { STAGES } from '../src/servo/stage.ts';
import { type Spread, spreadOf } from './figures.ts';

const PINGS = 80;
const PING_EVERY_MS = 50;
const ADDS = 200;
const ADD_EVERY_MS = 15;
const TICKS = 50;
const TICK_EVERY_MS = 100;
const PEER_CONCURRENCY = 10;
const KEEP = { removeOnComplete: { count: 100 } };

/** Asked with pauses, as a servo does: a connection that is kept busy answers sooner. */
export const roundTrip = (connection: QueueConnection): Promise<Spread> =>
  askServer(connection, async (redis) => {
    const timesMs: number[] = [];
    for (let i = 0; i < PINGS; i++) {
      await sleep(PING_EVERY_MS);
      const startedMs = performance.now();
      await redis.ping();
      timesMs.push(performance.now() - startedMs);
    }
    return spreadOf(timesMs);
  });

/** From `queue.add` being called to the processor running. */
export async function addToStart(connection: QueueConnection): Promise<Spread> {
  let started: (atMs: number) => void = () => undefined;
  const worker = new Worker('bench-add', async () => started(performance.now()), { connection });
  const queue = new Queue('bench-add', { connection });
  worker.on('error', () => undefined);
  await worker.waitUntilReady();
  const timesMs: number[] = [];
  for (let i = 0; i < ADDS; i++) {
    await sleep(ADD_EVERY_MS);
    const addedMs = performance.now();
    const running = new Promise<number>((resolve) => {
      started = resolve;
    });
    await queue.add('add', {}, KEEP);
    timesMs.push((await running) - addedMs);
  }
  await Promise.all([worker.close(), queue.close()]);
  return spreadOf(timesMs);
}

/** How late a job scheduler's ticks run. */
export async function tickLateness(connection: QueueConnection): Promise<Spread> {
  const lateMs: number[] = [];
  const queue = new Queue('bench-tick', { connection });
  const worker = new Worker('bench-tick', async ({ id }) => lateMs.push(Date.now() - plannedAt(id)), { connection });
  worker.on('error', () => undefined);
  await worker.waitUntilReady();
  await queue.upsertJobScheduler('tick', { every: TICK_EVERY_MS }, { name: 'tick', opts: KEEP });
  await sleep(TICKS * TICK_EVERY_MS);
  await Promise.all([worker.close(), queue.close()]);
  // The first tick runs at once, whatever the phase.
  return spreadOf(lateMs.slice(1));
}

/** BullMQ writes it into the id alone: repeat:tick:<ms>. */
const plannedAt = (jobId = ''): number => Number(jobId.split(':').at(-1));

/** The usual design instead of ours: five chained queues with a job for every symbol. The last symbol's arrival at the fourth. */
export async function jobPerSymbol(connection: QueueConnection, symbols: number, rounds: number): Promise<Spread> {
  const names = STAGES.map((stage) => `bench-chain-${stage}`);
  const queues = names.map((name) => new Queue(name, { connection }));
  const jobs = Array.from({ length: symbols }, (_, symbol) => ({ name: 'bar', data: { symbol }, opts: KEEP }));
  let arrivals = new Arrivals(symbols);
  const process = async (place: number, job: Job): Promise<void> => {
    arrivals.at(place);
    await queues[place + 1]?.add('bar', job.data, KEEP);
  };
  const workers = names.map(
    (name, place) => new Worker(name, (job) => process(place, job), { connection, concurrency: PEER_CONCURRENCY }),
  );
  for (const worker of workers) worker.on('error', () => undefined);
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  const timesMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    arrivals = new Arrivals(symbols);
    const startedMs = performance.now();
    await queues[0]?.addBulk(jobs);
    timesMs.push((await arrivals.all(STAGES.indexOf('execute'))) - startedMs);
    await arrivals.all(STAGES.indexOf('monitor'));
  }
  await Promise.all([...workers, ...queues].map((end) => end.close()));
  return spreadOf(timesMs);
}

/** Counts the jobs of a round at each of its queues. */
class Arrivals {
  readonly #counts = STAGES.map(() => 0);
  readonly #complete = STAGES.map(() => Promise.withResolvers<number>());
  readonly #expected: number;

  constructor(expected: number) {
    this.#expected = expected;
  }

  at(place: number): void {
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    if (this.#counts[place] === this.#expected) this.#complete[place]?.resolve(performance.now());
  }

  /** When the last one came. */
  async all(place: number): Promise<number> {
    return (await this.#complete[place]?.promise) ?? Number.NaN;
  }
}

export interface ServerUse {
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

/** Processor time and memory of the queue server so far. */
export const serverUse = (connection: QueueConnection): Promise<ServerUse> =>
  askServer(connection, async (redis) => {
    const info = await redis.info();
    const field = (name: string): number => Number(new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]);
    return {
      cpuMs: 1_000 * (field('used_cpu_sys') + field('used_cpu_user')),
      memoryBytes: field('used_memory'),
    };
  });

export async function askServer<T>(connection: QueueConnection, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ ...connection });
  redis.on('error', () => undefined);
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
}
