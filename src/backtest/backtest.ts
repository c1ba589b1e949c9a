/** `servo backtest`, without the command line: from a configuration and a few wishes to what came of them. */
import { performance } from 'node:perf_hooks';
import type { Config } from '../config/config.ts';
import { type Money, subtractMoney, type UnixMs, unixMs } from '../domain/units.ts';
import { type BacktestWishes, type OpenBacktest, openBacktest } from './open-backtest.ts';
import type { FillBand } from './report/warnings.ts';
import type { Assumptions, BacktestResult } from './result.ts';
import { type BacktestFacts, finalEquityOf, type MeasuredSetup, measureMarkets, runMeasured } from './run-backtest.ts';

/** Milliseconds. */
export interface Timings {
  /** Opening the models, then the candles. */
  readonly opening: number;
  /** Features, regimes and predictions. */
  readonly measuring: number;
  readonly trading: number;
}

export interface Backtest {
  readonly result: BacktestResult;
  /** Present where a bar held both a stop and a target: the same test with every such bar decided for and against. */
  readonly band: FillBand | undefined;
  /** Bars in which the models' labels are decided; absent for a plain rule. */
  readonly horizonBars: number | undefined;
  readonly timings: Timings;
  /** What was measured of every market was found in the cache. */
  readonly kept: boolean;
}

/** Throws what `openBacktest` throws, and a RangeError where the history leaves nothing to decide. */
export async function backtest(config: Config, wishes: BacktestWishes, version: string): Promise<Backtest> {
  const startedAt = performance.now();
  const open = await openBacktest(config, wishes);
  try {
    const openedAt = performance.now();
    const measured = await measureMarkets(open.setup, open.cache);
    const measuredAt = performance.now();
    const facts = runMeasured(measured, 'pessimistic');
    const timings = {
      opening: openedAt - startedAt,
      measuring: measuredAt - openedAt,
      trading: performance.now() - measuredAt,
    };
    return {
      result: { ...facts, assumptions: assumptionsOf(config, open, measured, version) },
      band: bandOf(config, measured, facts),
      horizonBars: open.horizonBars,
      timings,
      kept: measured.measured.every(({ kept }) => kept),
    };
  } finally {
    await open.close();
  }
}

function bandOf({ paper }: Config, measured: MeasuredSetup, facts: BacktestFacts): FillBand | undefined {
  if (facts.ambiguousBars === 0) return undefined;
  const net = (equity: Money) => subtractMoney(equity, paper.balance);
  return { pessimistic: net(facts.finalEquity), optimistic: net(finalEquityOf(measured, 'optimistic')) };
}

export function assumptionsOf(
  config: Config,
  open: OpenBacktest,
  { measured }: MeasuredSetup,
  version: string,
): Assumptions {
  const { paper, trading, limits, feed } = config;
  const sources = [...new Set(measured.map(({ source }) => source))];
  const models = sources.flatMap((source) => (source.kind === 'model' ? [source.facts] : []));
  const [detail] = measured.flatMap((market) => market.detail?.covers ?? []);
  return {
    symbols: measured.map(({ candles }) => candles.symbol),
    timeframe: trading.timeframe,
    signalSource: sources.map(({ kind, id }) => (kind === 'model' ? `model ${id}` : id)).join(', '),
    models,
    data: open.data,
    ...rangeOf(measured),
    balance: paper.balance,
    currency: paper.currency,
    leverage: paper.leverage,
    drawdownLimit: limits.maxDrawdown,
    spread:
      paper.spreadPoints === null
        ? `the file's own, ${feed.replay.defaultSpreadPoints} points where it has none`
        : `${paper.spreadPoints} points`,
    commissionPerLot: paper.commissionPerLot,
    slippage: `${paper.slippagePoints} points${paper.slippageDistribution === 'fixed' ? '' : ' on average, exponential'}`,
    latencyMs: paper.latencyMs,
    fillRule: detail === undefined ? 'pessimistic' : 'detail',
    detail,
    seed: String(paper.seed),
    configHash: config.configHash,
    timezone: trading.session.timezone,
    version,
  };
}

/** From the first close time decided on to the last. */
function rangeOf(measured: MeasuredSetup['measured']): { from: UnixMs; to: UnixMs } {
  const ends = measured.map(({ candles, firstRow }) => [
    candles.barAt(firstRow).closeAt,
    candles.barAt(candles.length - 1).closeAt,
  ]);
  return {
    from: unixMs(Math.min(...ends.map(([from]) => from ?? 0))),
    to: unixMs(Math.max(...ends.map(([, to]) => to ?? 0))),
  };
}
