/** Whether a servo's book and its venue's are of one mind once a start has recovered. */
import { isTerminal, type Order } from '../../../src/domain/order.ts';
import type { HeldPosition } from '../../../src/domain/ports.ts';
import { unsettledOrders } from '../../../src/servo/fence.ts';
import type { OpenLife } from './life.ts';

export interface Audit {
  /** Sent or unknown, and nobody has asked. */
  readonly unresolved: readonly string[];
  /** Known to the venue, and not marked as sent. */
  readonly orphans: readonly string[];
  /** Marked as sent and not given up, and not known to the venue. */
  readonly phantoms: readonly string[];
  /** What the two books hold, where that differs. */
  readonly differences: readonly string[];
  readonly halted: boolean;
}

export async function audited({ servo, ports }: Pick<OpenLife, 'servo' | 'ports'>): Promise<Audit> {
  const { store, broker } = ports;
  const { state } = servo;
  const sent = new Set<string>();
  const givenUp = new Set<string>();
  for (const { event } of store.entriesAfter(0)) {
    if (event.kind !== 'order_changed') continue;
    if (event.change === 'send') sent.add(event.orderId);
    if (event.change === 'expire' && event.detail !== undefined) givenUp.add(event.orderId);
  }
  const seen = new Set<string>();
  for (const report of await broker.reportsAfter(0)) {
    const orderId = report.kind === 'filled' ? report.fill.orderId : 'orderId' in report ? report.orderId : undefined;
    if (orderId !== undefined) seen.add(orderId);
  }
  const theirs = await broker.snapshot();
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['balance', state.account.balance, theirs.balance],
    ['positions', [...state.positions.values()].map(held), theirs.positions.map(held)],
    [
      'working',
      [...state.orders.values()].filter(isUnderWay).map(({ intent }) => intent.orderId),
      theirs.workingOrderIds,
    ],
    ['agreement', state.causes.reconciled, true],
  ];
  return {
    unresolved: unsettledOrders(state).map(({ intent }) => intent.orderId),
    orphans: [...seen].filter((orderId) => !sent.has(orderId) || givenUp.has(orderId)),
    phantoms: [...sent].filter((orderId) => !seen.has(orderId) && !givenUp.has(orderId)),
    differences: pairs
      .map(([what, mine, other]) => [what, JSON.stringify(mine), JSON.stringify(other)] as const)
      .filter(([, mine, other]) => mine !== other)
      .map(([what, mine, other]) => `${what}: ${mine} here, ${other} there`),
    halted: state.causes.halted !== undefined,
  };
}

const held = ({ positionId, quantity, stopLoss }: HeldPosition) => ({ positionId, quantity, stopLoss });

const isUnderWay = ({ intent, status }: Order): boolean =>
  intent.kind === 'open' && status !== 'authorised' && !isTerminal(status);
