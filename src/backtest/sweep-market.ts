/** A measured market in memory that threads share: the columns are there once, however many threads read them. */
import { type Candles, candlesOf } from '../market/candles.ts';
import type { Measures } from './measured-market.ts';
import type { MeasuredMarket, RunnableMarket } from './run-backtest.ts';
import type { Signer } from './signal-source.ts';

const CANDLE_COLUMNS = ['openAt', 'open', 'high', 'low', 'close', 'spread', 'volume'] as const;

export interface SharedMarket {
  readonly symbol: string;
  readonly timeframe: Candles['timeframe'];
  readonly candles: Readonly<Record<(typeof CANDLE_COLUMNS)[number], Float64Array>>;
  readonly measures: Measures;
  readonly firstRow: number;
  readonly source: Signer;
}

export function sharedMarket({ candles, measures, firstRow, source }: MeasuredMarket): SharedMarket {
  const { symbol, timeframe, length } = candles;
  const { ready, atrTicks, regimes, regimeConfidences, probabilities, snapshot } = measures;
  return {
    symbol,
    timeframe,
    candles: Object.fromEntries(
      CANDLE_COLUMNS.map((name) => [name, floats(candles[name].subarray(0, length))]),
    ) as SharedMarket['candles'],
    measures: {
      ready: bytes(ready),
      atrTicks: floats(atrTicks),
      regimes: bytes(regimes),
      regimeConfidences: floats(regimeConfidences),
      probabilities: singles(probabilities),
      snapshot,
    },
    firstRow,
    // Without what asks the model: it stays in its own thread.
    source:
      source.kind === 'model'
        ? { kind: 'model', id: source.id, card: source.card, likeness: undefined }
        : { kind: 'rule', id: source.id },
  };
}

/** Views of the first `rows`; nothing is copied. */
export function openSharedMarket(market: SharedMarket, rows: number): RunnableMarket {
  const { symbol, timeframe, candles, measures, firstRow, source } = market;
  const { ready, atrTicks, regimes, regimeConfidences, probabilities, snapshot } = measures;
  return {
    candles: candlesOf(symbol, timeframe, candles, rows),
    measures: {
      ready: ready.subarray(0, rows),
      atrTicks: atrTicks.subarray(0, rows),
      regimes: regimes.subarray(0, rows),
      regimeConfidences: regimeConfidences.subarray(0, rows),
      probabilities: probabilities.subarray(0, rows * 3),
      snapshot,
    },
    firstRow,
    source,
  };
}

function floats(values: Float64Array): Float64Array {
  const shared = new Float64Array(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}

function singles(values: Float32Array): Float32Array {
  const shared = new Float32Array(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}

function bytes(values: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}
