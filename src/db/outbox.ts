/** Alerts that wait to be delivered, and the chat updates that were seen: nothing is told twice or obeyed twice. */
import type Database from 'better-sqlite3';
import type { UnixMs } from '../domain/units.ts';
import type { Alert } from '../servo/alerts.ts';
import type { Outbox, PendingAlert } from '../servo/ports.ts';

interface AlertRow extends Omit<PendingAlert, 'decisionId'> {
  readonly decisionId: string | null;
}

export function createOutbox(database: Database.Database): Outbox {
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
