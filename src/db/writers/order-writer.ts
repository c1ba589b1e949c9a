/** Orders, made by intents and moved on by the domain's own table of changes. */
import type Database from 'better-sqlite3';
import type { EventOf } from '../../domain/events.ts';
import {
  type Fill,
  nextOrderStatus,
  type OpenIntent,
  type OrderEventKind,
  type OrderStatus,
  type ReduceIntent,
} from '../../domain/order.ts';
import { type UnixMs, ZERO_QUANTITY } from '../../domain/units.ts';
import { orders } from '../schema.ts';
import { StoreError } from '../store-error.ts';
import { inserter } from './inserter.ts';

type OrderColumns = typeof orders.$inferInsert;

export function orderWriter(database: Database.Database) {
  const insert = inserter(database, orders);
  const statusOf = database.prepare<[string], OrderStatus>('SELECT status FROM orders WHERE order_id = ?').pluck();
  const change = database.prepare<Record<string, string | number | null>>(
    `UPDATE orders SET status = @status, venue_order_id = coalesce(@venueOrderId, venue_order_id), detail = coalesce(@detail, detail),
       sent_at = coalesce(@sentAt, sent_at), changed_at = @at WHERE order_id = @orderId`,
  );
  const fill = database.prepare<Record<string, string | number>>(
    `UPDATE orders SET status = @status, filled = filled + @quantity, position_id = @positionId, changed_at = @at
     WHERE order_id = @orderId`,
  );
  const statusAfter = (orderId: string, event: OrderEventKind): OrderStatus => {
    const status = statusOf.get(orderId);
    if (status === undefined) throw new StoreError('misfit', `order ${orderId} is not known: nothing was written`);
    return nextOrderStatus(orderId, status, event);
  };

  return {
    add(intent: OpenIntent | ReduceIntent, at: UnixMs, sequence: number): void {
      const { orderId, decisionId, symbol, kind, decidedAt } = intent;
      const columns = intent.kind === 'open' ? openColumns(intent) : reduceColumns(intent);
      const fresh = { status: 'authorised', filled: ZERO_QUANTITY, changedAt: at } as const;
      insert({ sequence, orderId, decisionId, symbol, kind, decidedAt, ...fresh, ...columns });
    },
    change({ at, orderId, change: event, venueOrderId, detail }: EventOf<'order_changed'>): void {
      change.run({
        orderId,
        status: statusAfter(orderId, event),
        venueOrderId: venueOrderId ?? null,
        detail: detail ?? null,
        sentAt: event === 'send' ? at : null,
        at,
      });
    },
    fill(orderId: string, event: OrderEventKind, { quantity, positionId }: Fill, at: UnixMs): void {
      fill.run({ orderId, status: statusAfter(orderId, event), quantity, positionId, at });
    },
  };
}

function openColumns(intent: OpenIntent): Partial<OrderColumns> {
  const { side, type, quantity, referencePrice, deviation, stopLoss, takeProfit, attempt, expiresAt } = intent;
  return { side, type, quantity, referencePrice, deviation, stopLoss, takeProfit, attempt, expiresAt };
}

function reduceColumns(intent: ReduceIntent): Partial<OrderColumns> {
  const { reason } = intent;
  switch (intent.kind) {
    case 'close':
      return { reason, positionId: intent.positionId, quantity: intent.quantity };
    case 'modify':
      return { reason, positionId: intent.positionId, stopLoss: intent.stopLoss, takeProfit: intent.takeProfit };
    case 'cancel':
      return { reason, cancelOrderId: intent.cancelOrderId };
  }
}
