/** What a rule for open positions is: it looks at one of them and asks for at most one change. */
import type { ConversionRate, Instrument } from '../instrument.ts';
import { direction, type ReduceReason } from '../order.ts';
import type { TradingPolicy } from '../policy.ts';
import type { Position } from '../position.ts';
import type { Price, Quantity } from '../units.ts';

/** A position at the close of a bar of its market: all that a rule may read. */
export interface Look {
  readonly policy: TradingPolicy;
  readonly instrument: Instrument;
  readonly rate: ConversionRate | undefined;
  readonly position: Position;
  /** The price it could be closed at. */
  readonly market: Price;
  readonly atrTicks: number;
  /** The best price at which it could have been closed so far, where a rule asks for it. */
  readonly bestPrice: Price | undefined;
  readonly barsHeld: number;
}

export interface CloseAction {
  readonly kind: 'close';
  readonly quantity: Quantity;
  readonly reason: ReduceReason;
  readonly rungs?: number;
}

export interface StopAction {
  readonly kind: 'move_stop';
  readonly stopLoss: Price;
  readonly reason: ReduceReason;
}

export type Action = CloseAction | StopAction;

/** Pure and cheap: a backtest asks it on every bar whether the bar can be passed over. */
export type CloseRule = (look: Look) => CloseAction | undefined;
/** Like it, for the stop. */
export type StopRule = (look: Look) => StopAction | undefined;

/** Ticks in the position's favour now. */
export const gainTicks = ({ position, market }: Look): number =>
  direction(position.side) * (market - position.entryPrice);

/** The most it ever was in its favour, in ticks. */
export function reachTicks(look: Look): number {
  const { position, bestPrice } = look;
  const gain = gainTicks(look);
  return bestPrice === undefined ? gain : Math.max(gain, direction(position.side) * (bestPrice - position.entryPrice));
}
