/** `npm run bench`: every figure of the live path as a ratio within this run, with its goal beside it. It asserts nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startQueueServer } from '../src/jobs/queue-server/start-queue-server.ts';
import { type BarToOrder, barToOrder } from './bar-to-order.ts';
import { featureMicrosecondsPerBar } from './features.ts';
import { heading, inMs, inRoundTrips, line, short } from './figures.ts';
import { addToStart, jobPerSymbol, roundTrip, tickLateness } from './queue-figures.ts';
import { replay } from './replay.ts';
import type { Bench } from './rig.ts';

const ONE_SYMBOL = { symbols: 1, bars: 250, barEveryMs: 60, maxMs: 45_000 };
const MANY_SYMBOLS = { symbols: 100, bars: 200, barEveryMs: 150, maxMs: 90_000 };
const PEER_ROUNDS = 12;
const REPLAY = { bars: 1_500, maxMs: 40_000 };
/** Whatever hangs: the bench ends. */
const LONGEST_MS = 8 * 60_000;

async function measure(bench: Bench): Promise<void> {
  const { connection } = bench.queueServer;
  heading('Queue server      RTT: median of 100 PINGs at 50 ms spacing, in this run; "x RTT" is a multiple of it');
  const { p50: rttMs, ...ping } = await roundTrip(connection);
  line('PING', inMs({ p50: rttMs, ...ping }), 'anchor 0.24 to 0.5 ms');
  line('one job, added to started', inRoundTrips(await addToStart(connection), rttMs), 'anchor 0.83 ms, quiet');
  line('ticks of a job scheduler, late by', inMs(await tickLateness(connection)), 'G11: p99 ≤ 10 ms');

  const one = await barToOrder(bench, ONE_SYMBOL);
  heading(`Bar due to broker.submit, 1 symbol, ${one.bars} bars      ${WHAT_RUNS}`);
  line('bar to order', inRoundTrips(one.firstOrder, rttMs), 'G8: p50 ≤ 12 RTT, p99 ≤ 30 RTT; G16: p50 ≤ 7.5 ms');
  printLegs(one, rttMs);
  line('order journal commit, FULL', inMs(one.orderCommit), 'G18: p99 < 5 ms');

  const peer = await jobPerSymbol(connection, MANY_SYMBOLS.symbols, PEER_ROUNDS);
  const many = await barToOrder(bench, MANY_SYMBOLS);
  heading(`Bar due to broker.submit, 100 symbols at one close time, ${many.bars} bars`);
  line('first order', inRoundTrips(many.firstOrder, rttMs));
  line('last order', inRoundTrips(many.lastOrder, rttMs), 'the paper venue flushes its file at each order');
  line('last order, those writes taken out', inRoundTrips(many.lastOrderAlone, rttMs), 'G9: p99 ≤ 60 RTT');
  printLegs(many, rttMs);
  line('a job per symbol, no work at all', inRoundTrips(peer, rttMs), 'the usual design: five queues, 500 jobs a bar');
  line(
    '… against our last order',
    `${short(peer.p99 / many.lastOrder.p99)} times its p99`,
    'G9: ≥ 10, transport alone',
  );

  const { symbols, bars, trades, ...speed } = await replay(bench, REPLAY.bars, REPLAY.maxMs);
  heading(`Replay at full speed, ${symbols} symbols, ${bars} close times, ${trades} trades      a bar: one close time`);
  line('pipeline', `${short(speed.barsPerSecond)} bars/s · ${short(speed.cpuMsPerBar)} CPU ms a bar`, 'all threads');
  line('queue server', `${short(speed.serverCpuMsPerBar)} CPU ms a bar`);
  line('… its growth', `${short(speed.serverBytesPerJob)} bytes a job`, 'G12: ≤ 64');
  line('stage functions without I/O', `${short(speed.plainBarsPerSecond)} bars/s`, 'same bars, predictions known');
  line('… against the pipeline', `${short(speed.plainBarsPerSecond / speed.barsPerSecond)} times its bars/s`);

  heading('Feature pack      56 features and the regime, one symbol');
  line('one bar', `${short(featureMicrosecondsPerBar())} µs`, 'G6: ≤ 3 µs');
}

const WHAT_RUNS = 'real queues, SQLite FULL, paper venue, demo model asked and then overruled: every bar is bought';

function printLegs({ legs }: BarToOrder, rttMs: number): void {
  for (const [leg, spread] of legs) line(`  ${leg}, its job and its work`, inRoundTrips(spread, rttMs));
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'servo-bench-'));
  const queueServer = await startQueueServer({ dataDir: folder, log: () => undefined });
  const end = async (exitCode: number): Promise<never> => {
    await queueServer.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    process.exit(exitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(130));
  setTimeout(() => void end(1), LONGEST_MS);

  const [load] = loadavg();
  const machine = `${availableParallelism()} cores, load ${short(load ?? 0)}`;
  process.stdout.write(
    `Trading Servo bench · Node ${process.versions.node} · ${queueServer.describe().split(',')[0]} · ${machine}\n`,
  );
  try {
    await measure({ folder, queueServer });
    await end(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    await end(1);
  }
}

await main();
