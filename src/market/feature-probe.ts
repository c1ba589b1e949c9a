/** A simulated market on which users' features are tried before they are trusted. */
import type { Instrument } from '../domain/instrument.ts';
import { INSTRUMENTS, makeInstrument } from '../domain/instruments.ts';
import type { Bar } from '../domain/market.ts';
import { unixMs } from '../domain/units.ts';
import { simulateBars } from './simulator.ts';

/** A Monday. */
const STARTS_AT = unixMs(Date.UTC(2026, 0, 5));
/** Enough for the longest warm-up that a feature may ask for. */
const BARS = 6_000;

export function featureProbe(seed: string | number = 1): {
  readonly instrument: Instrument;
  readonly bars: readonly Bar[];
} {
  const spec = INSTRUMENTS['EURUSD'];
  if (spec === undefined) throw new Error('EURUSD is not built in');
  const instrument = makeInstrument(spec);
  const candles = simulateBars(instrument, 'M5', seed, BARS, STARTS_AT);
  return { instrument, bars: Array.from({ length: BARS }, (_, i) => candles.barAt(i)) };
}
