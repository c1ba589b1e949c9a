/** A position as its rules see it, for their tests: prices near 110,000 ticks, a spread of 8, and an ATR of 100. */
import { SAME_CURRENCY } from '../../src/domain/instrument.ts';
import type { Look } from '../../src/domain/management/rule.ts';
import type { PositionPolicy } from '../../src/domain/policy.ts';
import type { Position } from '../../src/domain/position.ts';
import { type Price, price } from '../../src/domain/units.ts';
import { policyWith, positionWith, SPREAD } from './builders.ts';
import { EURUSD } from './random-bars.ts';

export const LONG = positionWith({ side: 'buy', entryPrice: price(110_000), stopLoss: price(109_800) });
export const SHORT = positionWith({
  side: 'sell',
  entryPrice: price(110_000),
  stopLoss: price(110_200),
  takeProfit: price(109_700),
});

/** Without a rule of its own: what is left out of `rules` is off. */
export const policyOf = (rules: Partial<PositionPolicy>) => policyWith({ position: { trailingStop: false, ...rules } });

/** At the close of a bar on this bid. */
export function lookAt(
  position: Position,
  bid: number,
  rules: Partial<PositionPolicy>,
  change: Partial<Look> = {},
): Look {
  return {
    policy: policyOf(rules),
    instrument: EURUSD,
    rate: SAME_CURRENCY,
    position,
    market: closingAt(position, bid),
    atrTicks: 100,
    bestPrice: position.progress?.bestPrice,
    barsHeld: position.progress?.barsHeld ?? 0,
    ...change,
  };
}

export const closingAt = ({ side }: Position, bid: number): Price => price(side === 'buy' ? bid : bid + SPREAD);
