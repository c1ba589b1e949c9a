/** Would-be trades: a row when one is begun, completed by the bar that ends it. */
import type Database from 'better-sqlite3';
import type { EventOf } from '../../domain/events.ts';
import type { ShadowTrade } from '../../domain/shadow.ts';
import { shadowTrades } from '../schema.ts';
import { inserter } from './inserter.ts';
import { expectOne } from './one-row.ts';

export function shadowWriter(database: Database.Database) {
  const insert = inserter(database, shadowTrades);
  const close = database.prepare<[number, number, string, number, string]>(
    `UPDATE shadow_trades SET closed_at = ?, exit_price = ?, exit_reason = ?, result_r = ?
     WHERE shadow_id = ? AND closed_at IS NULL`,
  );
  return {
    open({ endsAt: _, costR: __, ...trade }: ShadowTrade, sequence: number): void {
      insert({ ...trade, sequence });
    },
    close({ at, exitPrice, exitReason, resultR, shadowId }: EventOf<'shadow_closed'>): void {
      expectOne(close.run(at, exitPrice, exitReason, resultR, shadowId), `open would-be trade ${shadowId}`);
    },
  };
}
