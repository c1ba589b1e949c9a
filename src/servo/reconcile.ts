/** Agreement with the broker: orders whose outcome is not known are asked for, reports are caught up, then the books are compared. */
import type { Emit } from '../domain/events.ts';
import { sameExternals } from '../domain/external.ts';
import { changePending } from '../domain/management/requests.ts';
import type { BrokerReport, Order } from '../domain/order.ts';
import { type Broker, type BrokerSnapshot, type HeldPosition, QueryFailed } from '../domain/ports.ts';
import { NO_LEVEL, type Position } from '../domain/position.ts';
import { settle } from '../domain/stages/settle.ts';
import type { ServoState } from '../domain/state.ts';
import type { UnixMs } from '../domain/units.ts';
import { adoptShrunk, type Shrunk, shrunkPositions } from './adopt.ts';
import { askFate, askReports, askSnapshot } from './ask-broker.ts';
import { unsettledOrders } from './fence.ts';

/** The broker's answers, taken together. */
export interface BrokerBook {
  /** Orders whose outcome is not known, and those of them that it does not know. */
  readonly asked: readonly string[];
  readonly neverSeen: readonly string[];
  readonly reports: readonly BrokerReport[];
  readonly holdings: BrokerSnapshot;
}

/** Throws when the broker cannot be asked: a query that failed is never an empty list. */
export async function askBroker(broker: Broker, state: ServoState): Promise<BrokerBook> {
  const asked = unsettledOrders(state).map(({ intent }) => intent.orderId);
  const neverSeen: string[] = [];
  for (const orderId of asked) {
    const fate = await askFate(broker, orderId);
    if (fate.kind === 'never_seen') neverSeen.push(orderId);
  }
  const holdings = await askSnapshot(broker);
  // What the broker does after its picture was taken would look like a difference.
  const told = await askReports(broker, state.reportCursor);
  const reports = told.filter(({ sequence }) => sequence <= holdings.sequence);
  if ((told.at(-1)?.sequence ?? state.reportCursor) < holdings.sequence) {
    throw new QueryFailed(`asked for its reports: ${holdings.sequence} is missing, which its picture has counted`);
  }
  return { asked, neverSeen, reports, holdings };
}

/** What is left when everything that explains itself is made true. */
export interface Disagreement {
  /** In words; without any, the servo may trade. */
  readonly differences: readonly string[];
  /** Of positions that the broker shows smaller than we know, what it shows. */
  readonly shrunk: Shrunk;
}

/** `neverSeen` will never execute; `believed` was seen so before. */
export function agree(
  state: ServoState,
  { neverSeen, reports, holdings }: Omit<BrokerBook, 'asked'>,
  believed: Shrunk,
  wall: UnixMs,
  emit: Emit,
): Disagreement {
  const at = state.step.at ?? wall;
  for (const orderId of neverSeen) {
    const detail = 'the venue never saw it, and never will';
    emit({ kind: 'order_changed', at, orderId, change: 'expire', detail });
  }
  // A step that is not complete can still try a refused entry again, as if nobody had been away.
  settle(state, reports, !state.step.completed, emit);
  adoptLevels(state, holdings, at, emit);
  const { externals = [] } = holdings;
  if (!sameExternals(state.externals, externals)) emit({ kind: 'externals_seen', at, externals });
  const adopted = adoptShrunk(state, holdings, believed, at, emit);
  const shrunk = shrunkPositions(state, holdings);
  const differences = compare(state, holdings);
  const repaired = neverSeen.length + reports.length + adopted;
  // A look that finds everything as it was is no fact.
  if (differences.length === 0 && (repaired > 0 || !state.causes.reconciled)) {
    emit({ kind: 'reconciled', at, epoch: state.epoch, positions: state.positions.size, repaired });
  }
  return { differences, shrunk };
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
  const working = new Set(theirs.workingOrderIds);
  const ours = [...state.orders.values()].filter(worksAtBroker).map(({ intent }) => intent.orderId);
  for (const orderId of ours) {
    if (!working.delete(orderId)) differences.push(`order ${orderId} works here and not at the broker`);
  }
  for (const orderId of working) differences.push(`order ${orderId} works at the broker and not here`);
  if (theirs.balance !== state.account.balance) {
    differences.push(`balance is ${state.account.balance} here and ${theirs.balance} micros at the broker`);
  }
  return differences;
}

const worksAtBroker = ({ intent, status }: Order): boolean =>
  intent.kind === 'open' && (status === 'accepted' || status === 'partially_filled');

const sameBook = (ours: Position, theirs: HeldPosition): boolean =>
  ours.side === theirs.side && ours.quantity === theirs.quantity && ours.entryPrice === theirs.entryPrice;

/** Levels that somebody moved at the broker hold. One without a stop is no such case: the naked watch puts the stop back. */
function adoptLevels(state: ServoState, { positions }: BrokerSnapshot, at: UnixMs, emit: Emit): void {
  for (const { positionId, stopLoss, takeProfit = NO_LEVEL } of positions) {
    const ours = state.positions.get(positionId);
    if (ours === undefined || stopLoss === undefined || changePending(state, ours)) continue;
    if (stopLoss === ours.stopLoss && takeProfit === ours.takeProfit) continue;
    const before = { stopLoss: ours.stopLoss, takeProfit: ours.takeProfit };
    emit({ kind: 'levels_adopted', at, positionId, symbol: ours.symbol, stopLoss, takeProfit, before });
  }
}
