/** A backtest from candles to facts: measure each market ahead, run the stages over the bars, keep what they did. */
import { createHash } from 'node:crypto';
import type { FillRule, VenueRules } from '../broker/paper/rules.ts';
import { PaperVenue } from '../broker/paper/venue.ts';
import { formatUtc } from '../domain/calendar.ts';
import { timeframeMs } from '../domain/market.ts';
import { recordRuleOf } from '../domain/market-record.ts';
import type { ModelCard } from '../domain/model-card.ts';
import { symbolPolicy, type TradingPolicy } from '../domain/policy.ts';
import { stateHash } from '../domain/snapshot.ts';
import type { ServoState } from '../domain/state.ts';
import { type Money, price, type UnixMs } from '../domain/units.ts';
import { type Candles, indexClosingAfter } from '../market/candles.ts';
import type { ColumnCache } from './cache/column-cache.ts';
import { measuresKey, readMeasures, writeMeasures } from './cache/kept-measures.ts';
import type { Detail } from './detail.ts';
import { flatRows } from './flat-rows.ts';
import { type LoopListener, type LoopMarket, runLoop } from './loop.ts';
import { marketEngine } from './market-engine.ts';
import { type MeasureRequest, measure } from './measure.ts';
import { MeasuredEngine, type Measures } from './measured-market.ts';
import { Recorder } from './recorder.ts';
import type { BacktestResult, BuyAndHold, SymbolRecord } from './result.ts';
import type { SignalSource, Signer } from './signal-source.ts';
import { WatchedEngine } from './watched-engine.ts';

export interface BacktestMarket {
  /** With the spread that decisions and venue are to see. */
  readonly candles: Candles;
  readonly source: SignalSource;
  readonly detail?: Detail | undefined;
  /** Of all that the candles follow from; without it nothing is kept of what is measured on them. */
  readonly contentHash?: string | undefined;
}

export interface BacktestSetup {
  readonly policy: TradingPolicy;
  readonly rules: Omit<VenueRules, 'fillRule'>;
  readonly opening: Money;
  readonly markets: readonly BacktestMarket[];
  /** Close times that warm up before the first decision, and the first close time decided on, whichever is later. */
  readonly warmupBars: number;
  readonly from?: UnixMs | undefined;
  /** The models' guards act as they do live: every bar is played, and none faster than the guards can look at it. */
  readonly guards?: boolean | undefined;
}

/** What was measured once can be run under several fill rules. */
export interface MeasuredSetup extends BacktestSetup {
  readonly measured: readonly MeasuredMarket[];
}

export interface MeasuredMarket extends BacktestMarket {
  readonly measures: Measures;
  /** They were found in the cache. */
  readonly kept: boolean;
  readonly firstRow: number;
}

/** What the loop found; who ran it, and on what, is added by the caller. */
export type BacktestFacts = Omit<BacktestResult, 'assumptions'>;

/** What is kept in `cache` is not measured again. */
export async function measureMarkets(setup: BacktestSetup, cache?: ColumnCache): Promise<MeasuredSetup> {
  const measured: MeasuredMarket[] = [];
  const allCandles = setup.markets.map(({ candles }) => candles);
  const historyEndsAt = endOfHistory(setup);
  for (const market of setup.markets) {
    const { candles, source } = market;
    const firstRow = firstRowOf(setup, candles, historyEndsAt);
    const { instrument, regimeModel, features } = symbolPolicy(setup.policy, candles.symbol);
    const { atrPeriod } = setup.policy;
    const engine = marketEngine(setup.policy, allCandles, candles.symbol);
    const isPack = features?.isPack ?? true;
    const request = { instrument, candles, atrPeriod, regimeModel, engine, isPack, source, firstRow };
    measured.push({ ...market, firstRow, ...(await measureOrFind(request, market.contentHash, cache)) });
  }
  return { ...setup, policy: policyFor(setup.policy, setup.markets), measured };
}

async function measureOrFind(
  request: MeasureRequest,
  contentHash: string | undefined,
  cache: ColumnCache | undefined,
): Promise<{ readonly measures: Measures; readonly kept: boolean }> {
  const key = cache && measuresKey(request, contentHash);
  if (cache === undefined || key === undefined) return { measures: await measure(request), kept: false };
  const found = readMeasures(cache, key);
  if (found !== undefined) return { measures: found, kept: true };
  const measures = await measure(request);
  writeMeasures(cache, key, measures);
  return { measures, kept: false };
}

/** As a replay counts its history: in close times, whichever of the markets close at them. */
function endOfHistory({ markets, warmupBars, from = 0 as UnixMs }: BacktestSetup): UnixMs {
  const closeTimes = markets.flatMap(({ candles }) => {
    const first = candles.openAt.subarray(0, Math.min(warmupBars, candles.length));
    return Array.from(first, (openAt) => openAt + timeframeMs(candles.timeframe));
  });
  const inOrder = Float64Array.from(new Set(closeTimes)).sort();
  const warmAt = inOrder[Math.min(warmupBars, inOrder.length) - 1] ?? 0;
  return Math.max(warmAt, from - 1) as UnixMs;
}

/** Throws a RangeError where the history leaves no bar to decide on. */
function firstRowOf({ warmupBars }: BacktestSetup, candles: Candles, historyEndsAt: UnixMs): number {
  const row = indexClosingAfter(candles, historyEndsAt);
  if (row < candles.length) return row;
  throw new RangeError(
    `${candles.symbol}: all ${candles.length} bars close by ${formatUtc(historyEndsAt)} and are history (${warmupBars} warm the indicators up); give a longer file, an earlier --from, a later --to, or less history`,
  );
}

/** A rule that knows no regimes is not to be refused for them. */
export function policyFor(policy: TradingPolicy, markets: readonly { readonly source: Signer }[]): TradingPolicy {
  if (markets.every(({ source }) => source.kind === 'model')) return policy;
  const { regimes } = policy;
  return { ...policy, regimes: { ...regimes, unknown: { ...regimes.unknown, allowed: true } } };
}

/** All that the stages need: a sweep has it in threads that have no model to ask. */
export interface RunnableSetup extends Pick<BacktestSetup, 'policy' | 'rules' | 'opening' | 'guards'> {
  readonly measured: readonly RunnableMarket[];
}

export interface RunnableMarket extends Pick<MeasuredMarket, 'candles' | 'measures' | 'firstRow' | 'detail'> {
  readonly source: Signer;
}

export function runMeasured(setup: RunnableSetup, fillRule: FillRule): BacktestFacts {
  const recorder = new Recorder();
  const { state, markets, venue } = runStages(setup, fillRule, recorder);
  return {
    ...factsOf(state, markets),
    ...recorder.end(),
    barsInPosition: recorder.barsInPosition,
    flatSignals: markets.reduce((sum, market) => sum + foretoldFlat(market), recorder.flatSignals),
    haltedAt: recorder.haltedAt,
    trades: recorder.trades,
    decisions: recorder.decisions,
    ambiguousBars: venue.ambiguousBars,
  };
}

/** What trials of a sweep are compared by. */
export type TrialFacts = Pick<BacktestFacts, 'trades' | 'days' | 'finalEquity' | 'stateHash'>;

/** The same run without what only a report shows. */
export function runTrial(setup: RunnableSetup, fillRule: FillRule): TrialFacts {
  const recorder = new Recorder();
  const { state } = runStages(setup, fillRule, recorder);
  const { days } = recorder.end();
  return { trades: recorder.trades, days, finalEquity: state.account.equity, stateHash: hashOf(state) };
}

/** The same run, of which nothing is kept but where it ended. */
export const finalEquityOf = (setup: RunnableSetup, fillRule: FillRule): Money =>
  runStages(setup, fillRule, NOBODY).state.account.equity;

const NOBODY: LoopListener = {
  event: () => undefined,
  dayEnded: () => undefined,
  stepped: () => undefined,
  passed: () => undefined,
  held: () => undefined,
  marked: () => undefined,
};

function runStages(setup: RunnableSetup, fillRule: FillRule, listener: LoopListener) {
  const { policy, measured } = setup;
  const venue = new PaperVenue({ ...setup.rules, fillRule }, setup.opening);
  const markets = measured
    .toSorted((a, b) => (a.candles.symbol < b.candles.symbol ? -1 : 1))
    .map((market) => loopMarketOf(setup, market));
  return { state: runLoop({ policy, markets, venue, listener }), markets, venue };
}

function loopMarketOf({ policy, guards, measured }: RunnableSetup, market: RunnableMarket): LoopMarket {
  const { candles, measures, firstRow, source, detail } = market;
  const common = { candles, measures, firstRow, sourceId: source.id, ...(detail && { detail }) };
  if (source.kind === 'model' && guards === true) {
    const allCandles = measured.map((each) => each.candles);
    const engine = new WatchedEngine(marketEngine(policy, allCandles, candles.symbol), candles);
    return { ...common, card: source.card, engine, flat: new Uint8Array(candles.length), likeness: source.likeness };
  }
  const card = source.kind === 'model' ? unguarded(source.card) : undefined;
  const flat = flatRows(policy, candles, measures, card?.reachAtr);
  return {
    ...common,
    card,
    flat,
    engine: new MeasuredEngine(candles, measures, flat, recordRuleOf(policy, candles.symbol)),
  };
}

const unguarded = ({ guards: _, ...card }: ModelCard): ModelCard => card;

function factsOf(state: ServoState, markets: readonly LoopMarket[]) {
  return {
    bars: markets.reduce((sum, { candles, firstRow }) => sum + candles.length - firstRow, 0),
    buyAndHold: markets.map(buyAndHold),
    records: markets.map((market) => recordOf(state.policy, market)),
    finalBalance: state.account.balance,
    finalEquity: state.account.equity,
    openPositions: state.positions.size,
    stateHash: hashOf(state),
  };
}

const hashOf = (state: ServoState): string =>
  stateHash(state, (text) => createHash('sha256').update(text).digest('hex'));

/** The signal of the last row is made whatever it is. */
function foretoldFlat({ flat, measures, firstRow }: LoopMarket): number {
  let count = 0;
  for (let row = firstRow; row < flat.length - 1; row++) if (flat[row] === 1 && measures.ready[row] === 1) count++;
  return count;
}

function buyAndHold({ candles, firstRow }: LoopMarket): BuyAndHold {
  const from = price(candles.close[firstRow] ?? 0);
  const to = price(candles.close[candles.length - 1] ?? 0);
  return { symbol: candles.symbol, from, to, returned: from > 0 ? to / from - 1 : 0 };
}

/** Views of the columns: nothing is copied but the close times. */
function recordOf(policy: TradingPolicy, { candles, measures, firstRow }: LoopMarket): SymbolRecord {
  const { digits, tickSize, lotStep } = symbolPolicy(policy, candles.symbol).instrument;
  const { length } = candles;
  const rows = (column: Int32Array): Int32Array => column.subarray(firstRow, length);
  const closeAt = candles.openAt.slice(firstRow, length);
  for (let row = 0; row < closeAt.length; row++) closeAt[row] = (closeAt[row] as number) + policy.timeframeMs;
  return {
    symbol: candles.symbol,
    digits,
    ticksPerUnit: tickSize.den / tickSize.num,
    lotsPerStep: lotStep.num / lotStep.den,
    closeAt,
    open: rows(candles.open),
    high: rows(candles.high),
    low: rows(candles.low),
    close: rows(candles.close),
    probabilities: measures.probabilities.subarray(firstRow * 3, length * 3),
    regimes: measures.regimes.subarray(firstRow, length),
  };
}
