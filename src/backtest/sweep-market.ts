/** A measured market in memory that threads share: the columns are there once, however many threads read them. */
import { type CandleColumns, type Candles, candlesOf } from '../market/candles.ts';
import type { Measures } from './measured-market.ts';
import type { MeasuredMarket, RunnableMarket } from './run-backtest.ts';
import type { Signer } from './signal-source.ts';

export interface SharedMarket {
  readonly symbol: string;
  readonly timeframe: Candles['timeframe'];
  readonly candles: CandleColumns;
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
    candles: {
      openAt: shared(candles.openAt.subarray(0, length)),
      open: shared(candles.open.subarray(0, length)),
      high: shared(candles.high.subarray(0, length)),
      low: shared(candles.low.subarray(0, length)),
      close: shared(candles.close.subarray(0, length)),
      spread: shared(candles.spread.subarray(0, length)),
      volume: shared(candles.volume.subarray(0, length)),
    },
    measures: {
      ready: shared(ready),
      atrTicks: shared(atrTicks),
      regimes: shared(regimes),
      regimeConfidences: shared(regimeConfidences),
      probabilities: shared(probabilities),
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

function shared<T extends Float64Array | Float32Array | Int32Array | Uint8Array>(values: T): T {
  const Kind = values.constructor as new (buffer: SharedArrayBuffer) => T;
  const copy = new Kind(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}
