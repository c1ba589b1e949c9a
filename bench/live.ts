/** The live path: from a bar being due to its order, the queue server, and a replay at full speed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startQueueServer } from '../src/jobs/queue-server/start-queue-server.ts';
import { type BarToOrder, barToOrder } from './bar-to-order.ts';
import { heading, inMs, inRoundTrips, line, note, short } from './figures.ts';
import { addToStart, jobPerSymbol, roundTrip, tickLateness } from './queue-figures.ts';
import { replay } from './replay.ts';
import type { Bench } from './rig.ts';

const ONE_SYMBOL = { symbols: 1, bars: 250, barEveryMs: 60, maxMs: 45_000 };
const MANY_SYMBOLS = { symbols: 100, bars: 200, barEveryMs: 150, maxMs: 90_000 };
const PEER_ROUNDS = 12;
const REPLAY = { bars: 1_500, maxMs: 40_000 };

/** Starts a queue server of its own and stops it, whatever happens. */
export async function measureLive(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'servo-bench-'));
  const queueServer = await startQueueServer({ dataDir: folder, log: () => undefined });
  const end = async (): Promise<void> => {
    await queueServer.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void end().then(() => process.exit(130)));
  note(`${queueServer.describe().split(',')[0]}`);
  try {
    await measure({ folder, queueServer });
  } finally {
    await end();
  }
}

async function measure(bench: Bench): Promise<void> {
  await measureQueue(bench);
  await measureOneSymbol(bench);
  await measureManySymbols(bench);
  await measureReplay(bench);
}

async function measureQueue({ queueServer: { connection } }: Bench): Promise<void> {
  heading('Queue server. RTT: median of PINGs at 50 ms spacing, measured anew before each group that counts in it');
  const ping = await roundTrip(connection);
  line('PING', inMs(ping), 'anchor 0.24 to 0.5 ms');
  line('one job, from added to started', inRoundTrips(await addToStart(connection), ping.p50), 'anchor 0.83 ms, quiet');
  line('ticks of a job scheduler, late by', inMs(await tickLateness(connection)), 'G11: p99 ≤ 10 ms');
}

async function measureOneSymbol(bench: Bench): Promise<void> {
  const { p50: rttMs } = await roundTrip(bench.queueServer.connection);
  const one = await barToOrder(bench, ONE_SYMBOL);
  heading(`From a bar being due to broker.submit: 1 symbol, ${one.bars} bars, RTT ${short(rttMs)} ms`);
  note('real queues, SQLite FULL and paper venue; the demo model is asked, then overruled: every bar is bought');
  line('bar to order', inRoundTrips(one.firstOrder, rttMs), 'G8: p50 ≤ 12, p99 ≤ 30 RTT; G16: p50 ≤ 7.5 ms');
  printLegs(one, rttMs);
  line('order journal commit, FULL', inMs(one.orderCommit), 'G18: p99 < 5 ms');
}

async function measureManySymbols(bench: Bench): Promise<void> {
  const { connection } = bench.queueServer;
  const { p50: rttMs } = await roundTrip(connection);
  const many = await barToOrder(bench, MANY_SYMBOLS);
  const peer = await jobPerSymbol(connection, MANY_SYMBOLS.symbols, PEER_ROUNDS);
  heading(`The same: 100 symbols at one close time, ${many.bars} bars, 100 orders a bar, RTT ${short(rttMs)} ms`);
  line('first order', inRoundTrips(many.firstOrder, rttMs));
  line('last order', inRoundTrips(many.lastOrder, rttMs), 'the paper venue flushes its file at each order');
  line('last order, without those writes', inRoundTrips(many.lastOrderAlone, rttMs), 'G9: p99 ≤ 60 RTT');
  printLegs(many, rttMs);
  line('peer: five queues, a job per symbol', inRoundTrips(peer, rttMs), 'its jobs do no work at all');
  line('… its p99 to that of our last order', `${short(peer.p99 / many.lastOrderAlone.p99)} to 1`, 'G9: ≥ 10');
}

async function measureReplay(bench: Bench): Promise<void> {
  const { symbols, bars, trades, ...speed } = await replay(bench, REPLAY.bars, REPLAY.maxMs);
  heading(
    `Replay at full speed: ${symbols} symbols, ${trades} trades, ${bars} bars; a bar is one close time of all symbols`,
  );
  line(
    'pipeline',
    `${short(speed.barsPerSecond)} bars/s · ${short(speed.cpuMsPerBar)} CPU ms a bar`,
    'all our threads',
  );
  line('queue server', `${short(speed.serverCpuMsPerBar)} CPU ms a bar`);
  line('… its growth', `${short(speed.serverBytesPerJob)} bytes a job`, 'G12: ≤ 64');
  line(
    'stage functions without I/O',
    `${short(speed.plainBarsPerSecond)} bars/s`,
    'same bars, same predictions, known',
  );
  line('… to the pipeline', `${short(speed.plainBarsPerSecond / speed.barsPerSecond)} to 1`);
}

function printLegs({ legs }: BarToOrder, rttMs: number): void {
  for (const [leg, spread] of legs) line(`  ${leg}: its job and its work`, inRoundTrips(spread, rttMs));
}
