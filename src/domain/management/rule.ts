/** What a rule for open positions is: it looks at one of them and asks for at most one change. */
import type { Instrument } from '../instrument.ts';
import type { ReduceReason } from '../order.ts';
import type { TradingPolicy } from '../policy.ts';
import type { Position } from '../position.ts';
import type { Price, Quantity } from '../units.ts';

/** A position at the close of a bar of its market: all that a rule may read. */
export interface Look {
  readonly policy: TradingPolicy;
  readonly instrument: Instrument;
  readonly position: Position;
  readonly bid: Price;
  readonly ask: Price;
}

export type Action =
  | { readonly kind: 'close'; readonly quantity: Quantity; readonly reason: ReduceReason }
  | { readonly kind: 'move_stop'; readonly stopLoss: Price; readonly reason: ReduceReason };

/** Pure and cheap: the backtest asks it on every bar whether the bar can be passed over. */
export type Rule = (look: Look) => Action | undefined;
