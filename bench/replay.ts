/** A replay at full speed with the demo model's own decisions, and the plain loop over the same bars and predictions. */
import { paperBroker } from '../src/broker/paper/paper-broker.ts';
import type { VenueRules } from '../src/broker/paper/rules.ts';
import type { Config } from '../src/config/config.ts';
import { tradingPolicyOf } from '../src/config/policy.ts';
import { ticksFromPoints } from '../src/domain/instruments.ts';
import { timeframeMs } from '../src/domain/market.ts';
import type { Predictor } from '../src/domain/ports.ts';
import type { Prediction } from '../src/domain/signal.ts';
import { plainLoop } from '../tests/support/plain-loop.ts';
import { testConfig } from '../tests/support/world.ts';
import { DueFeed } from './due-feed.ts';
import { serverUse } from './queue-figures.ts';
import { type Bench, openRig, simulatedBars } from './rig.ts';

export interface Replay {
  readonly symbols: number;
  readonly bars: number;
  readonly trades: number;
  readonly barsPerSecond: number;
  /** Processor time of the servo's process, all threads. */
  readonly cpuMsPerBar: number;
  readonly serverCpuMsPerBar: number;
  readonly serverBytesPerJob: number;
  /** The stage functions alone, over the same bars. */
  readonly plainBarsPerSecond: number;
}

/** Before the server's memory is read first: the jobs that are kept, and its own buffers, have grown to their size by then. */
const JOBS_KEPT_BARS = 150;

export async function replay(bench: Bench, barsMax: number, maxMs: number): Promise<Replay> {
  const { connection } = bench.queueServer;
  const config = testConfig();
  const recorded = simulatedBars(config, barsMax);
  const asked: Prediction[][] = [];
  const feed = new DueFeed(recorded, 0);
  const rig = await openRig(bench, config, feed, (ports) => ({
    ...ports,
    predictor: recording(ports.predictor, asked),
  }));
  let bars = 0;
  let settled = Promise.resolve({ cpuMs: 0, memoryBytes: 0 });
  rig.servo.onCommit(({ events }) => {
    if (!events.some(({ kind }) => kind === 'step_completed')) return;
    bars += 1;
    if (bars === JOBS_KEPT_BARS) settled = serverUse(connection);
  });
  const serverBefore = await serverUse(connection);
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await rig.run(maxMs);
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const serverAfter = await serverUse(connection);
  const jobs = await rig.jobsAdded();
  await rig.close();
  return {
    symbols: config.trading.symbols.length,
    bars,
    trades: rig.servo.state.tradesClosed,
    barsPerSecond: bars / seconds,
    cpuMsPerBar: (user + system) / 1_000 / bars,
    serverCpuMsPerBar: (serverAfter.cpuMs - serverBefore.cpuMs) / bars,
    serverBytesPerJob: (serverAfter.memoryBytes - (await settled).memoryBytes) / (jobs * (1 - JOBS_KEPT_BARS / bars)),
    plainBarsPerSecond: await plainSpeed(config, new DueFeed(recorded, 0, bars), asked),
  };
}

async function plainSpeed(config: Config, feed: DueFeed, answers: readonly Prediction[][]): Promise<number> {
  const store = { load: () => undefined, save: () => undefined };
  const broker = paperBroker({ rules: venueRules(config), opening: config.paper.balance, store });
  let asked = 0;
  const predictor: Predictor = { predict: async () => answers[asked++] ?? [], close: async () => undefined };
  const startedMs = performance.now();
  const { events } = await plainLoop(tradingPolicyOf(config), feed, broker, predictor);
  const seconds = (performance.now() - startedMs) / 1_000;
  return events.filter(({ kind }) => kind === 'step_completed').length / seconds;
}

/** What the model says is kept, so that the loop may trade on the same and ask nobody. */
function recording(predictor: Predictor, kept: Prediction[][]): Predictor {
  return {
    async predict(inputs) {
      const answers = await predictor.predict(inputs);
      kept.push([...answers]);
      return answers;
    },
    close: () => predictor.close(),
  };
}

function venueRules({ paper, trading }: Config): VenueRules {
  const symbols = trading.symbols.map(({ instrument, conversion }) => {
    const slippage = ticksFromPoints(instrument, paper.slippagePoints);
    return [instrument.symbol, { instrument, conversion, spread: 'feed', slippage }] as const;
  });
  return {
    ...paper,
    fillRule: 'pessimistic',
    symbols: new Map(symbols),
    session: trading.session,
    timeframeMs: timeframeMs(trading.timeframe),
  };
}
