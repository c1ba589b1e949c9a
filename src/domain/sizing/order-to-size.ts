/** An entry before it has a size: all that methods and caps may read. */
import type { ConversionRate, Instrument } from '../instrument.ts';
import type { Side } from '../order.ts';
import type { TradingPolicy } from '../policy.ts';
import type { Multiplier } from '../sizing.ts';
import type { Money, Price } from '../units.ts';

export interface OrderToSize {
  readonly policy: TradingPolicy;
  readonly instrument: Instrument;
  readonly rate: ConversionRate;
  readonly side: Side;
  readonly entryPrice: Price;
  /** Entry to stop. */
  readonly stopDistance: Price;
  /** What entry and stop may slip together. */
  readonly slippageTicks: number;
  readonly equity: Money;
  readonly freeMargin: Money;
  readonly multipliers: readonly Multiplier[];
}
