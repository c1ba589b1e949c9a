/** The account's money through time: balance and equity, a sample each minute, the figures of each trading day. */
import type Database from 'better-sqlite3';
import { floorToMinute } from '../../domain/calendar.ts';
import type { Decision } from '../../domain/decision.ts';
import type { EventOf } from '../../domain/events.ts';
import type { Trade } from '../../domain/position.ts';
import type { Money } from '../../domain/units.ts';
import { account } from '../schema.ts';
import { inserter } from './inserter.ts';
import { expectOne } from './one-row.ts';

const TODAY = 'WHERE day = (SELECT max(day) FROM daily_metrics)';

export function bookWriter(database: Database.Database) {
  const insertAccount = inserter(database, account);
  const addCash = database.prepare<[number]>('UPDATE account SET balance = balance + ?');
  const markAccount = database.prepare<[number, number, number]>(
    'UPDATE account SET balance = ?, equity = ?, marked_at = ?',
  );
  const sample = database.prepare<[number, number, number]>(
    `INSERT INTO equity_samples (minute, balance, equity) VALUES (?, ?, ?)
     ON CONFLICT (minute) DO UPDATE SET balance = excluded.balance, equity = excluded.equity`,
  );
  const beginDay = database.prepare<[number]>(
    `INSERT INTO daily_metrics (day, start_equity, end_equity, peak_equity, lowest_equity, max_drawdown, approved, denied,
       trades, wins, gross_profit, gross_loss, commission, swap, ladder_step)
     SELECT ?, equity, equity, equity, equity, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'none' FROM account`,
  );
  // Every right-hand side reads the row as it was before the update.
  const markDay = database.prepare<{ equity: number }>(
    `UPDATE daily_metrics SET end_equity = @equity, peak_equity = max(peak_equity, @equity),
       lowest_equity = min(lowest_equity, @equity), max_drawdown = max(max_drawdown, peak_equity - @equity) ${TODAY}`,
  );
  const countDecision = database.prepare<[number, number]>(
    `UPDATE daily_metrics SET approved = approved + ?, denied = denied + ? ${TODAY}`,
  );
  const countTrade = database.prepare<{ profit: number; commission: number; swap: number }>(
    `UPDATE daily_metrics SET trades = trades + 1, wins = wins + (@profit > 0), gross_profit = gross_profit + max(0, @profit),
       gross_loss = gross_loss + min(0, @profit), commission = commission + @commission, swap = swap + @swap ${TODAY}`,
  );
  const stepLadder = database.prepare<[string]>(`UPDATE daily_metrics SET ladder_step = ? ${TODAY}`);

  return {
    open({ account: name, currency, balance, at }: EventOf<'account_opened'>): void {
      insertAccount({ account: name, currency, openedAt: at, openingBalance: balance, balance, equity: balance });
    },
    addCash(amount: Money): void {
      expectOne(addCash.run(amount), 'the account');
    },
    mark({ at, balance, equity }: EventOf<'equity_marked'>): void {
      expectOne(markAccount.run(balance, equity, at), 'the account');
      sample.run(floorToMinute(at), balance, equity);
      markDay.run({ equity });
    },
    beginDay(day: number): void {
      expectOne(beginDay.run(day), `trading day ${day}`);
    },
    countDecision(outcome: Decision['outcome']): void {
      countDecision.run(outcome === 'approved' ? 1 : 0, outcome === 'denied' ? 1 : 0);
    },
    countTrade({ profit, commission, swap }: Trade): void {
      countTrade.run({ profit, commission, swap });
    },
    stepLadder({ step }: EventOf<'ladder_stepped'>): void {
      stepLadder.run(step);
    },
  };
}
