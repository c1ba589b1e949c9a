/** The record of every opinion and what became of it: made pending by a signal, completed by the gate or by a newer bar. */
import type Database from 'better-sqlite3';
import type { Decision } from '../../domain/decision.ts';
import type { EventOf } from '../../domain/events.ts';
import type { Prediction, Signal } from '../../domain/signal.ts';
import type { UnixMs } from '../../domain/units.ts';
import { and, drizzle, eq, sql } from '../drizzle.ts';
import { decisions } from '../schema.ts';
import { StoreError } from '../store-error.ts';
import { inserter } from './inserter.ts';
import { expectOne } from './one-row.ts';

export function decisionWriter(database: Database.Database) {
  const insert = inserter(database, decisions);
  const firstAttempt = drizzle({ client: database })
    .select()
    .from(decisions)
    .where(and(eq(decisions.decisionId, sql.placeholder('decisionId')), eq(decisions.attempt, 1)))
    .prepare();
  const complete = database.prepare<Record<string, string | number | null>>(
    `UPDATE decisions SET outcome = @outcome, reason = @reason, decided_at = @at, order_id = @orderId, decided_sequence = @sequence
     WHERE decision_id = @decisionId AND attempt = @attempt AND outcome = 'pending'`,
  );
  const drop = database.prepare<[number, string]>(
    `UPDATE decisions SET outcome = 'dropped', decided_at = ? WHERE decision_id = ? AND outcome = 'pending'`,
  );

  return {
    begin(signal: Signal, sequence: number): void {
      const { prediction, ...opinion } = signal;
      insert({ ...opinion, ...predictionColumns(prediction), sequence, attempt: 1, outcome: 'pending' });
    },
    /** The same opinion, before the gate once more. */
    repeat({ decisionId, attempt }: EventOf<'retry_scheduled'>, sequence: number): void {
      const first = firstAttempt.get({ decisionId });
      if (first === undefined)
        throw new StoreError('misfit', `decision ${decisionId} is not known: nothing was written`);
      const undecided = {
        outcome: 'pending',
        reason: null,
        decidedAt: null,
        orderId: null,
        decidedSequence: null,
      } as const;
      insert({ ...first, ...undecided, sequence, attempt });
    },
    complete(decision: Decision, at: UnixMs, sequence: number): void {
      const { outcome, decisionId, attempt } = decision;
      const reason = decision.outcome === 'denied' ? decision.reason : null;
      const orderId = decision.outcome === 'approved' ? decision.intent.orderId : null;
      const result = complete.run({ outcome, reason, at, orderId, sequence, decisionId, attempt });
      expectOne(result, `pending decision ${decisionId}, attempt ${attempt}`);
    },
    drop({ at, symbol, decisionId, barClosedAt }: EventOf<'signal_dropped'>, sequence: number): void {
      if (drop.run(at, decisionId).changes > 0) return;
      // The newer bar came before the prediction: there was no signal to record.
      insert({ sequence, decisionId, symbol, barClosedAt, attempt: 1, outcome: 'dropped', decidedAt: at });
    },
  };
}

function predictionColumns(prediction: Prediction): Partial<typeof decisions.$inferInsert> {
  const { model } = prediction;
  if (prediction.kind === 'neutral')
    return { model, neutralReason: prediction.reason, neutralDetail: prediction.detail };
  const { down, flat, up } = prediction.probabilities;
  return { model, probabilityDown: down, probabilityFlat: flat, probabilityUp: up };
}
