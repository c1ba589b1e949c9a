/** What the paper venue charges: commission on each side, swap for each night. Both are rounded against the trader. */
import type { AssetClass, ConversionRate, Instrument } from '../../domain/instrument.ts';
import type { Side } from '../../domain/order.ts';
import { type Money, money, multiplyDivide, type Quantity } from '../../domain/units.ts';

/** Half of the round trip, negative. */
export function commissionOfFill({ lotStep }: Instrument, steps: Quantity, commissionPerLot: Money): Money {
  return money(-multiplyDivide([steps, commissionPerLot, lotStep.num], [lotStep.den, 2], 'up'));
}

/** Signed: what the position's side pays (negative) or earns for so many nights. */
export function swapOf(
  instrument: Instrument,
  side: Side,
  steps: Quantity,
  nights: number,
  rate: ConversionRate,
): Money {
  const perNight = side === 'buy' ? instrument.swapLong : instrument.swapShort;
  return money(multiplyDivide([perNight, steps, nights, rate.num], [rate.den], perNight < 0 ? 'up' : 'down'));
}

/** Nights charged when the night after a trading day passes, from Sunday. The weekend's two are taken on Wednesday, when spot settles over it. */
const NIGHTS_CHARGED = [0, 1, 1, 3, 1, 1, 0] as const;
/** Day 0, 1970-01-01, was a Thursday. */
const FIRST_WEEKDAY = 4;

/** Nights to charge between two trading days. Crypto trades and pays every night alike. */
export function nightsBetween(assetClass: AssetClass, fromDay: number, toDay: number): number {
  if (assetClass === 'crypto') return Math.max(0, toDay - fromDay);
  let nights = 0;
  for (let day = fromDay; day < toDay; day++) nights += NIGHTS_CHARGED[(((day + FIRST_WEEKDAY) % 7) + 7) % 7] ?? 0;
  return nights;
}
