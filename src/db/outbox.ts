/** Alerts that wait to be delivered, and the chat updates that were seen: nothing is told twice or obeyed twice. */
import type Database from 'better-sqlite3';
import type { UnixMs } from '../domain/units.ts';
import type { Alert } from '../servo/alerts.ts';
import type { Outbox, PendingAlert } from '../servo/ports.ts';

interface AlertRow extends Omit<PendingAlert, 'decisionId'> {
  readonly decisionId: string | null;
}

/** What was told and what was heard long ago, of no use to anyone: the journal keeps why. */
interface Memory {
  forget(before: number): void;
}

export function createOutbox(database: Database.Database): Outbox & Memory {
  const forgetAlerts = database.prepare<[number]>('DELETE FROM alerts WHERE delivered_at < ?');
  const forgetUpdates = database.prepare<[number]>('DELETE FROM telegram_updates WHERE seen_at < ?');
  const pending = database.prepare<[number], AlertRow>(
    `SELECT id, raised_at AS raisedAt, severity, kind, text, decision_id AS decisionId FROM alerts WHERE delivered_at IS NULL
     ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'error' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END, id LIMIT ?`,
  );
  const delivered = database.prepare<[number, number]>(
    'UPDATE alerts SET delivered_at = ? WHERE id = ? AND delivered_at IS NULL',
  );
  const remember = database.prepare<[number, number]>(
    'INSERT INTO telegram_updates (update_id, seen_at) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  return {
    forget(before) {
      forgetAlerts.run(before);
      forgetUpdates.run(before);
    },
    pending: (limit) =>
      pending.all(limit).map(({ decisionId, ...alert }) => ({ ...alert, ...(decisionId !== null && { decisionId }) })),
    delivered(id, at) {
      delivered.run(at, id);
    },
    firstSight: (updateId, at) => remember.run(updateId, at).changes === 1,
  };
}

export function alertWriter(database: Database.Database): (alert: Alert, raisedAt: UnixMs) => void {
  const insert = database.prepare<[number, string, string, string, string | null]>(
    'INSERT INTO alerts (raised_at, severity, kind, text, decision_id) VALUES (?, ?, ?, ?, ?)',
  );
  return ({ severity, kind, text, decisionId }, raisedAt) => {
    insert.run(raisedAt, severity, kind, text, decisionId ?? null);
  };
}
