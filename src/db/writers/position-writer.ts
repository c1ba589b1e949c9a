/** Deals, the positions they leave open and the trades they close. */
import type Database from 'better-sqlite3';
import type { EventOf } from '../../domain/events.ts';
import type { Position, Trade } from '../../domain/position.ts';
import { fills, positions, trades } from '../schema.ts';
import { inserter } from './inserter.ts';
import { expectOne } from './one-row.ts';

export function positionWriter(database: Database.Database) {
  const insertFill = inserter(database, fills);
  const insertTrade = inserter(database, trades);
  const replacePosition = inserter(database, positions, 'INSERT OR REPLACE');
  const removePosition = database.prepare<[string]>('DELETE FROM positions WHERE position_id = ?');
  const amend = database.prepare<[number, number, string]>(
    'UPDATE positions SET stop_loss = ?, take_profit = ? WHERE position_id = ?',
  );
  const chargeSwap = database.prepare<{ amount: number; positionId: string }>(
    'UPDATE positions SET swap = swap + @amount, realised = realised + @amount WHERE position_id = @positionId',
  );

  return {
    addFill({ fill, slippage }: Pick<EventOf<'fill_applied'>, 'fill' | 'slippage'>, sequence: number): void {
      const { stopLoss: _, takeProfit: __, ...deal } = fill;
      insertFill({ ...deal, sequence, ...(slippage !== undefined && { slippage }) });
    },
    hold({ worst: _, best: __, ...position }: Position): void {
      replacePosition(position);
    },
    remove(positionId: string): void {
      removePosition.run(positionId);
    },
    addTrade(trade: Trade, sequence: number): void {
      insertTrade({ ...trade, sequence });
    },
    amend({ positionId, stopLoss, takeProfit }: EventOf<'position_amended' | 'levels_adopted'>): void {
      expectOne(amend.run(stopLoss, takeProfit, positionId), `position ${positionId}`);
    },
    chargeSwap({ positionId, amount }: EventOf<'swap_charged'>): void {
      expectOne(chargeSwap.run({ positionId, amount }), `position ${positionId}`);
    },
  };
}
