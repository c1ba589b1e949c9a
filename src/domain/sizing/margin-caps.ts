/** What margin leaves: of one position, of all that is free, and of what must stay free. */
import { type Cap, moneyCap } from '../sizing.ts';
import { fractionOfMoney, type Money, money } from '../units.ts';
import type { OrderToSize } from './order-to-size.ts';

export const positionMarginCap = ({ equity, policy, perStep }: OrderToSize): Cap =>
  moneyCap('max_position_size', fractionOfMoney(equity, policy.limits.maxPositionMargin), perStep.margin);

export const freeMarginCap = ({ equity, perStep, book }: OrderToSize): Cap =>
  moneyCap('free_margin', equity, perStep.margin, book.margin);

export function marginLevelCap({ equity, policy, perStep, book }: OrderToSize): Cap | undefined {
  const { minMarginLevel } = policy.exposure;
  if (minMarginLevel === null) return undefined;
  return moneyCap('min_margin_level', marginAt(equity, minMarginLevel), perStep.margin, book.margin);
}

/** The most margin at which equity is still `level` times as much. */
const marginAt = (equity: Money, level: number): Money => money(Math.floor(Math.max(0, equity) / level));
