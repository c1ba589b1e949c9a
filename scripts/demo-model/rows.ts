/** Rows to learn from: features of simulated bars with what became of them, the last part of each market held out. */
import { FeatureEngine } from '../../src/domain/features.ts';
import type { Instrument } from '../../src/domain/instrument.ts';
import { INSTRUMENTS, makeInstrument } from '../../src/domain/instruments.ts';
import { timeframeMs } from '../../src/domain/market.ts';
import type { UnixMs } from '../../src/domain/units.ts';
import type { ClassName } from '../../src/inference/passport.ts';
import type { Candles } from '../../src/market/candles.ts';
import { simulateBars } from '../../src/market/simulator.ts';
import { entryAt, labelOf } from './outcomes.ts';
import type { Recipe } from './recipe.ts';

export interface Row {
  readonly market: Market;
  readonly bar: number;
  readonly atrTicks: number;
  readonly features: Float64Array;
  readonly label: ClassName;
}

export interface Market {
  readonly instrument: Instrument;
  readonly candles: Candles;
}

export interface Rows {
  readonly training: readonly Row[];
  readonly holdOut: readonly Row[];
  readonly trainedFrom: UnixMs;
  readonly trainedTo: UnixMs;
  /** Close of the last bar of all. */
  readonly endsAt: UnixMs;
}

export function simulateRows(recipe: Recipe): Rows {
  const markets = recipe.symbols.map((symbol) => marketOf(symbol, recipe));
  const rows = markets.flatMap((market) => rowsOf(market, recipe));
  const firstHeldOut = Math.floor(recipe.barsPerSymbol * recipe.trainingShare);
  const lastTrained = firstHeldOut - recipe.horizonBars - 1;
  const bars = (index: number) => markets.map(({ candles }) => candles.barAt(index));
  return {
    // Purged: a training row's outcome is known before the first bar that is held out.
    training: rows.filter(({ bar }) => bar <= lastTrained),
    holdOut: rows.filter(({ bar }) => bar >= firstHeldOut),
    trainedFrom: earliest(bars(0).map(({ openAt }) => openAt)),
    trainedTo: latest(bars(firstHeldOut - 1).map(({ closeAt }) => closeAt)),
    endsAt: latest(bars(recipe.barsPerSymbol - 1).map(({ closeAt }) => closeAt)),
  };
}

const earliest = (times: readonly UnixMs[]) => Math.min(...times) as UnixMs;
const latest = (times: readonly UnixMs[]) => Math.max(...times) as UnixMs;

function marketOf(symbol: string, { timeframe, seed, barsPerSymbol, startAt }: Recipe): Market {
  const spec = INSTRUMENTS[symbol];
  if (spec === undefined) throw new Error(`the recipe names ${symbol}, which is not a built-in instrument`);
  const instrument = makeInstrument(spec);
  return { instrument, candles: simulateBars(instrument, timeframe, seed, barsPerSymbol, startAt) };
}

/** Only bars whose horizon the data holds to its end. */
function rowsOf(market: Market, { timeframe, stops, horizonBars, barsBetweenRows }: Recipe): Row[] {
  const { instrument, candles } = market;
  const engine = new FeatureEngine(instrument, timeframeMs(timeframe));
  const rows: Row[] = [];
  for (let bar = 0; bar < candles.length - horizonBars; bar++) {
    engine.push(candles.barAt(bar));
    if (!engine.ready || bar % barsBetweenRows !== 0) continue;
    const { atrTicks } = engine;
    const label = labelOf(candles, entryAt(candles, bar, atrTicks, stops), horizonBars);
    rows.push({ market, bar, atrTicks, features: engine.values(), label });
  }
  return rows;
}
