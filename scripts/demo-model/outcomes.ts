/** What became of a bar's two possible entries: the label that the model learns, and the profit that the label stands for. */
import { direction, type Side } from '../../src/domain/order.ts';
import type { SignalPolicy } from '../../src/domain/signal.ts';
import { bracketOf } from '../../src/domain/stops.ts';
import { type Price, price } from '../../src/domain/units.ts';
import type { ClassName } from '../../src/inference/passport.ts';

/** Bid prices in ticks, bar by bar. */
export interface Path {
  readonly length: number;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
}

export interface Entry {
  readonly bar: number;
  readonly bid: Price;
  readonly stopDistance: Price;
  readonly targetDistance: Price;
}

export const entryAt = ({ close }: Path, bar: number, atrTicks: number, stops: SignalPolicy): Entry => ({
  bar,
  bid: price(close[bar] ?? Number.NaN),
  stopDistance: price(Math.round(atrTicks * stops.stopAtrMultiple)),
  targetDistance: price(Math.round(atrTicks * stops.targetAtrMultiple)),
});

/** Triple barrier: up when a buy reaches its target before its stop, down when a sell does, flat when neither does in time. */
export function labelOf(path: Path, entry: Entry, horizonBars: number): ClassName {
  if (exitOf(path, entry, 'buy', horizonBars) === 'target') return 'up';
  return exitOf(path, entry, 'sell', horizonBars) === 'target' ? 'down' : 'flat';
}

/** Profit before costs in multiples of the risk, run to its end; undefined when the path ends first. */
export function profitR(path: Path, entry: Entry, side: Side): number | undefined {
  const exit = exitOf(path, entry, side, path.length);
  if (exit === 'none') return undefined;
  return exit === 'target' ? entry.targetDistance / entry.stopDistance : -1;
}

/** Bid to bid: the signal subtracts spread, commission and slippage itself. A bar that touches both has hit the stop. */
function exitOf(path: Path, entry: Entry, side: Side, horizonBars: number): 'stop' | 'target' | 'none' {
  const { bar, bid, stopDistance, targetDistance } = entry;
  const { stopLoss, takeProfit } = bracketOf(side, bid, bid, stopDistance, targetDistance);
  const [against, inFavour] = side === 'buy' ? [path.low, path.high] : [path.high, path.low];
  const sign = direction(side);
  const last = Math.min(bar + horizonBars, path.length - 1);
  for (let i = bar + 1; i <= last; i++) {
    if (sign * ((against[i] ?? 0) - stopLoss) <= 0) return 'stop';
    if (sign * ((inFavour[i] ?? 0) - takeProfit) >= 0) return 'target';
  }
  return 'none';
}
