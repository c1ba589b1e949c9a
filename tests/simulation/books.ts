/** Two books side by side: what the venue may hold, and whether it holds what the servo thinks. */
import type { Order } from '../../src/domain/order.ts';
import type { TradingPolicy } from '../../src/domain/policy.ts';
import type { BrokerSnapshot } from '../../src/domain/ports.ts';
import type { ServoState } from '../../src/domain/state.ts';
import type { Demand } from './invariants.ts';

export function checkHoldings(
  { positions, workingOrderIds }: BrokerSnapshot,
  policy: TradingPolicy,
  intentOf: (orderId: string) => Order['intent'] | undefined,
  demand: Demand,
): void {
  // The paper venue names a position after the order that opened it.
  const held = positions.map(({ symbol, positionId }) => ({
    symbol,
    decisionId: intentOf(positionId.slice('P-'.length))?.decisionId ?? positionId,
  }));
  const decisions = new Set(held.map(({ decisionId }) => decisionId));
  for (const orderId of workingOrderIds) {
    const intent = intentOf(orderId);
    if (intent !== undefined && !decisions.has(intent.decisionId)) held.push(intent);
  }
  demand(
    'I2',
    held.length <= policy.limits.maxPositions,
    () => `${held.length} positions and working entries at the venue`,
  );
  const symbols = held.map(({ symbol }) => symbol);
  demand('I2', new Set(symbols).size === symbols.length, () => `two entries of one symbol: ${symbols.join(', ')}`);
  for (const { positionId, stopLoss, takeProfit = 0, side, quantity } of positions) {
    const sane = stopLoss === undefined || (side === 'buy' ? stopLoss < takeProfit : stopLoss > takeProfit);
    demand('I5', sane, () => `${positionId} stands with its stop at ${stopLoss}`);
    demand('I3', Number.isSafeInteger(quantity) && quantity > 0, () => `${positionId} holds ${quantity} steps`);
  }
}

export function checkAgreement(state: ServoState, theirs: BrokerSnapshot, demand: Demand): void {
  const ours = [...state.positions.values()].map(levelsOf);
  demand(
    'I6',
    same(ours.toSorted(byId), theirs.positions.map(levelsOf).toSorted(byId)),
    () => `positions: ${JSON.stringify(ours)}`,
  );
  demand(
    'I6',
    state.account.balance === theirs.balance,
    () => `balance ${state.account.balance}, ${theirs.balance} at the venue`,
  );
  const working = [...state.orders.values()]
    .filter(({ intent, status }) => intent.kind === 'open' && (status === 'accepted' || status === 'partially_filled'))
    .map(({ intent }) => intent.orderId);
  demand(
    'I6',
    same(working.toSorted(), theirs.workingOrderIds.toSorted()),
    () => `working here: ${working.join(', ')}`,
  );
}

const levelsOf = ({
  positionId,
  side,
  quantity,
  entryPrice,
  stopLoss,
  takeProfit,
}: BrokerSnapshot['positions'][number]) => ({
  positionId,
  side,
  quantity,
  entryPrice,
  stopLoss,
  takeProfit,
});

const byId = (a: { positionId: string }, b: { positionId: string }): number => (a.positionId < b.positionId ? -1 : 1);

/** As JSON would have it, whatever the order of keys. */
export const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, field) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
