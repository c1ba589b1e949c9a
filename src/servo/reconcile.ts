/** Agreement with the broker: orders whose outcome is not known are asked for, reports are caught up, then the books are compared. */
import type { Broker, BrokerSnapshot } from '../domain/ports.ts';
import type { Position } from '../domain/position.ts';
import { settle } from '../domain/stages/settle.ts';
import type { ServoState } from '../domain/state.ts';
import type { UnixMs } from '../domain/units.ts';
import type { Book } from './book.ts';

/** Throws when the broker cannot be asked: a query that failed is never an empty list. */
export async function reconcile(
  book: Book,
  broker: Broker,
  wall: UnixMs,
): Promise<{ readonly differences: readonly string[] }> {
  const { state } = book;
  const open = [...state.orders.values()].filter(({ status }) => status === 'sending' || status === 'unknown');
  const neverSeen: string[] = [];
  for (const { intent } of open) {
    const answer = await broker.statusOf(intent.orderId);
    if (answer.kind === 'never_seen') neverSeen.push(intent.orderId);
  }
  const reports = await broker.reportsAfter(state.reportCursor);
  const theirs = await broker.snapshot();
  return book.commit((current, emit) => {
    const at = current.step.at ?? wall;
    for (const orderId of neverSeen) {
      const detail = 'the venue never saw it, and the fence makes that final';
      emit({ kind: 'order_changed', at, orderId, change: 'expire', detail });
    }
    settle(current, reports, false, emit);
    const differences = compare(current, theirs);
    if (differences.length === 0) {
      const repaired = neverSeen.length + reports.length;
      emit({ kind: 'reconciled', at, epoch: current.epoch, positions: current.positions.size, repaired });
    }
    return { differences };
  });
}

function compare(state: ServoState, theirs: BrokerSnapshot): string[] {
  const differences: string[] = [];
  const held = new Map(theirs.positions.map((position) => [position.positionId, position]));
  for (const ours of state.positions.values()) {
    const other = held.get(ours.positionId);
    held.delete(ours.positionId);
    if (other === undefined) differences.push(`position ${ours.positionId} is open here and not at the broker`);
    else if (!sameBook(ours, other)) differences.push(`position ${ours.positionId} differs from the broker's`);
  }
  for (const positionId of held.keys()) differences.push(`position ${positionId} is open at the broker and not here`);
  if (theirs.balance !== state.account.balance) {
    differences.push(`balance is ${state.account.balance} here and ${theirs.balance} micros at the broker`);
  }
  return differences;
}

const sameBook = (ours: Position, theirs: Position): boolean =>
  ours.side === theirs.side &&
  ours.quantity === theirs.quantity &&
  ours.entryPrice === theirs.entryPrice &&
  ours.stopLoss === theirs.stopLoss &&
  ours.takeProfit === theirs.takeProfit;
