/** Positions on the account that are not ours: a person's, or another program's. Never touched; counted in exposure, margin and the worst case. */
import type { Side } from './order.ts';
import type { Money, Price, Quantity } from './units.ts';

export interface ExternalPosition {
  readonly positionId: string;
  /** By our name where we trade it, else by the broker's. */
  readonly symbol: string;
  readonly side: Side;
  /** In lot steps of the instrument where we trade it, else in the broker's own. */
  readonly quantity: Quantity;
  readonly entryPrice: Price;
  /** Absent where it has none. */
  readonly stopLoss?: Price;
  /** On a netting account: one position at the broker with what we would hold of the symbol. */
  readonly netted?: true;
  /** Pledged for it, as the broker counts it. */
  readonly margin: Money;
}

/** Whether the broker shows anything else than is known already. */
export function sameExternals(
  known: ReadonlyMap<string, ExternalPosition>,
  seen: readonly ExternalPosition[],
): boolean {
  return seen.length === known.size && seen.every((one) => same(known.get(one.positionId), one));
}

const same = (a: ExternalPosition | undefined, b: ExternalPosition): boolean =>
  a !== undefined &&
  a.symbol === b.symbol &&
  a.side === b.side &&
  a.quantity === b.quantity &&
  a.entryPrice === b.entryPrice &&
  a.stopLoss === b.stopLoss &&
  a.netted === b.netted &&
  a.margin === b.margin;
