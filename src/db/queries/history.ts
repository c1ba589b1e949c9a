/** The journal itself: what happened, newest first, and what a servo that is off can be rebuilt from. */
import type Database from 'better-sqlite3';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { EventKind, EventOf } from '../../domain/events.ts';
import { decisionIdOf } from '../../domain/signal.ts';
import type { UnixMs } from '../../domain/units.ts';
import type { Page } from '../../servo/control.ts';
import type { BarTrail } from '../../servo/explain-bar.ts';
import type { JournalEntry } from '../../servo/ports.ts';
import { and, asc, desc, drizzle, eq, inArray, lt, lte, sql } from '../drizzle.ts';
import { entryOf, provenRows } from '../journal-row.ts';
import { decisions, journal } from '../schema.ts';
import { latestSnapshot, type StoredState } from '../snapshots.ts';
import { readStamp, type Stamp } from '../stamp.ts';
import { type PageQuery, pageOf } from './page.ts';

/** What an operator is told of: causes of the status, commands, losses, starts and ends. The rest is the market's daily bread. */
const NOTABLE_KINDS: readonly EventKind[] = [
  'process_started',
  'fenced',
  'reconciled',
  'process_ended',
  'model_changed',
  'model_refused',
  'trust_changed',
  'levels_adopted',
  'position_adopted',
  'balance_adopted',
  'deal_told_late',
  'report_told_late',
  'slippage_exceeded',
  'stop_missing',
  'externals_seen',
  'cash_moved',
  'command_accepted',
  'limit_edited',
  'ladder_stepped',
  'losing_streak',
  'risk_assessed',
  'mandate_stopped',
  'armed',
  'disarmed',
  'arming_failed',
  'cooldown_started',
  'cooldown_ended',
  'safety_lost',
  'safety_regained',
  'halted',
  'flatten_started',
  'flattened',
];

export interface EventRecord extends Omit<typeof journal.$inferSelect, 'payload'> {
  readonly payload: Readonly<Record<string, unknown>>;
}

interface EventFilter extends PageQuery {
  /** Absent: the notable ones. */
  readonly kinds?: readonly EventKind[];
  readonly symbol?: string;
}

export interface JournalReads {
  stamp(): Stamp;
  events(filter: EventFilter): Page<EventRecord>;
  /** Of the latest bar of a symbol that had closed by a moment. */
  barTrail(symbol: string, at: UnixMs): BarTrail;
  /** The last entries of every kind, oldest first. */
  journalTail(limit: number): readonly JournalEntry[];
  /** Proven to be what was written; oldest first, at most `limit`. */
  entriesAfter(sequence: number, limit: number): readonly JournalEntry[];
  loadSnapshot(): StoredState | undefined;
}

export function journalReads(database: Database.Database): JournalReads {
  const orm = drizzle({ client: database });
  const ofKind = (kind: EventKind, symbol: string | undefined, before: number, count: number) =>
    orm
      .select()
      .from(journal)
      .where(
        and(
          eq(journal.kind, kind),
          lt(journal.sequence, before),
          symbol === undefined ? undefined : eq(journal.symbol, symbol),
        ),
      )
      .orderBy(desc(journal.sequence))
      .limit(count)
      .all();
  return {
    stamp: () => readStamp(database),
    events: ({ kinds = NOTABLE_KINDS, symbol, ...page }) =>
      pageOf(
        page,
        // Each kind by its index, then merged: rare kinds are not searched for among all the others.
        (before, count) =>
          kinds
            .flatMap((kind) => ofKind(kind, symbol, before, count))
            .sort((a, b) => b.sequence - a.sequence)
            .slice(0, count)
            .map((row): EventRecord => ({ ...row, payload: JSON.parse(row.payload) })),
        ({ sequence }) => sequence,
      ),
    barTrail: (symbol, at) => barTrail(orm, symbol, at),
    journalTail: (limit) =>
      orm.select().from(journal).orderBy(desc(journal.sequence)).limit(limit).all().reverse().map(entryOf),
    entriesAfter(sequence, limit) {
      const entries: JournalEntry[] = [];
      for (const row of provenRows(database, sequence)) {
        if (entries.length === limit) break;
        entries.push(entryOf(row));
      }
      return entries;
    },
    loadSnapshot: () => latestSnapshot(database),
  };
}

function barTrail(orm: BetterSQLite3Database, symbol: string, at: UnixMs): BarTrail {
  // Word for word as the index says it, or it would not be used.
  const ofBar = and(sql`kind = 'bar_closed'`, eq(journal.symbol, symbol), lte(journal.at, at));
  const latest = [desc(journal.at), desc(journal.sequence)];
  const [bar] = orm
    .select()
    .from(journal)
    .where(ofBar)
    .orderBy(...latest)
    .limit(1)
    .all();
  if (bar === undefined) return { decisions: [], dropped: false };
  const { warm } = JSON.parse(bar.payload) as EventOf<'bar_closed'>;
  const ofSignal = eq(decisions.decisionId, decisionIdOf(symbol, bar.at));
  const attempts = orm.select().from(decisions).where(ofSignal).orderBy(asc(decisions.attempt)).all();
  const sequences = attempts.flatMap(({ sequence, decidedSequence }) => [sequence, decidedSequence ?? sequence]);
  const entries = orm.select().from(journal).where(inArray(journal.sequence, sequences)).orderBy(asc(journal.sequence));
  const events = entries.all().map(({ kind, payload }) => ({ kind, ...JSON.parse(payload) }));
  const made = events.find(({ kind }) => kind === 'signal_made') as EventOf<'signal_made'> | undefined;
  const decided = events.filter(({ kind }) => kind === 'decision_made') as EventOf<'decision_made'>[];
  return {
    bar: { closedAt: bar.at, warm },
    ...(made && { signal: made.signal }),
    decisions: decided.map(({ decision }) => decision),
    dropped: attempts.some(({ outcome }) => outcome === 'dropped'),
  };
}
