/** Between events and journal rows: what is stored of an event, the hash that chains the rows, and the way back. */
import { hash } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { DomainEvent, EventKind, EventOf } from '../domain/events.ts';
import type { UnixMs } from '../domain/units.ts';
import type { JournalEntry } from '../servo/ports.ts';
import type { journal } from './schema.ts';
import { guarded, StoreError } from './store-error.ts';

export type JournalRow = typeof journal.$inferSelect;

/** What the first row follows. */
export const GENESIS_HASH = '0'.repeat(64);
/** Rows are read in pages, so that no statement stays open while the caller works on what it was given. */
const PAGE_ROWS = 1000;

/** Whom an event is about, as far as the event itself says. */
interface Subject {
  readonly symbol?: string;
  readonly decisionId?: string;
}

const NOBODY = (): Subject => ({});

const SUBJECTS: { readonly [K in EventKind]: (event: EventOf<K>) => Subject } = {
  account_opened: NOBODY,
  process_started: NOBODY,
  fenced: NOBODY,
  reconciled: NOBODY,
  process_ended: NOBODY,
  bar_closed: ({ bar }) => ({ symbol: bar.symbol }),
  model_changed: NOBODY,
  model_refused: NOBODY,
  signal_made: ({ signal }) => signal,
  trust_changed: (event) => event,
  shadow_opened: ({ trade }) => trade,
  shadow_closed: (event) => event,
  signal_dropped: (event) => event,
  decision_made: ({ decision }) => decision,
  retry_scheduled: (event) => event,
  reduce_requested: ({ intent }) => intent,
  order_changed: NOBODY,
  fill_applied: ({ fill, position, trade }) => ({ symbol: fill.symbol, ...(position ?? trade) }),
  position_amended: NOBODY,
  levels_adopted: ({ symbol }) => ({ symbol }),
  position_adopted: ({ symbol }) => ({ symbol }),
  balance_adopted: NOBODY,
  deal_told_late: ({ fill }) => ({ symbol: fill.symbol }),
  report_told_late: NOBODY,
  slippage_exceeded: ({ symbol }) => ({ symbol }),
  stop_missing: ({ symbol }) => ({ symbol }),
  externals_seen: NOBODY,
  cash_moved: NOBODY,
  swap_charged: NOBODY,
  equity_marked: NOBODY,
  windows_rolled: NOBODY,
  risk_assessed: NOBODY,
  losing_streak: ({ symbol }) => (symbol === undefined ? {} : { symbol }),
  mandate_rolled: NOBODY,
  mandate_stopped: NOBODY,
  ladder_stepped: NOBODY,
  step_completed: NOBODY,
  command_accepted: NOBODY,
  limit_edited: NOBODY,
  live_checked: NOBODY,
  armed: NOBODY,
  disarmed: NOBODY,
  arming_failed: NOBODY,
  cooldown_started: NOBODY,
  cooldown_ended: NOBODY,
  safety_lost: NOBODY,
  safety_regained: NOBODY,
  halted: NOBODY,
  flatten_started: NOBODY,
  flattened: NOBODY,
};

/** The row that follows `previous`. */
export function journalRow(
  event: DomainEvent,
  recordedAt: UnixMs,
  previous: Pick<JournalRow, 'sequence' | 'hash'>,
): JournalRow {
  const { kind, at, ...fields } = event;
  const subjectOf = SUBJECTS[kind] as (event: DomainEvent) => Subject;
  const { symbol = null, decisionId = null } = subjectOf(event);
  const row = {
    sequence: previous.sequence + 1,
    at,
    recordedAt,
    kind,
    symbol,
    decisionId,
    payload: jsonOf(kind, fields),
  };
  return { ...row, hash: rowHash(previous.hash, row) };
}

/** SHA-256 over the hash before and every column, a line each: no column can hold a line break of its own. */
export function rowHash(previousHash: string, row: Omit<JournalRow, 'hash'>): string {
  const { sequence, at, recordedAt, kind, symbol, decisionId, payload } = row;
  const text = `${previousHash}\n${sequence}\n${at}\n${recordedAt}\n${kind}\n${symbol ?? ''}\n${decisionId ?? ''}\n${payload}`;
  return hash('sha256', text, 'hex');
}

/** JSON has no NaN and no Infinity and would write `null`: a number that is none must not become history. */
function jsonOf(kind: EventKind, fields: object): string {
  const json = JSON.stringify(fields);
  if (json.includes('null')) refuseNonFinite(kind, fields, kind);
  return json;
}

function refuseNonFinite(kind: EventKind, value: unknown, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new StoreError('misfit', `${kind}: ${path} is ${value}, not a finite number: nothing was written`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, field] of Object.entries(value)) refuseNonFinite(kind, field, `${path}.${key}`);
}

export const entryOf = ({ sequence, kind, at, recordedAt, payload }: JournalRow): JournalEntry => ({
  sequence,
  event: { kind, at, ...JSON.parse(payload) } as DomainEvent,
  recordedAt,
});

/** Where the chain is not what was written. */
export class ChainError extends StoreError {
  readonly sequence: number;
  readonly expected: string;
  readonly found: string;

  constructor(sequence: number, expected: string, found: string) {
    super(
      'corrupt',
      `the journal is damaged at row ${sequence}: expected ${expected}, found ${found}: \`servo db verify\` shows more, \`servo db restore\` takes a backup`,
    );
    this.sequence = sequence;
    this.expected = expected;
    this.found = found;
  }
}

/** The rows after `sequence`, each proven to follow the one before it. Throws ChainError at the first that does not. */
export function* provenRows(database: Database.Database, sequence: number): Generator<JournalRow> {
  const page = database.prepare<[number, number], JournalRow>(
    'SELECT sequence, at, recorded_at AS recordedAt, kind, symbol, decision_id AS decisionId, payload, hash ' +
      'FROM journal WHERE sequence > ? ORDER BY sequence LIMIT ?',
  );
  let previous = headAt(database, sequence);
  for (;;) {
    const after = previous.sequence;
    const rows = guarded(database.name, () => page.all(after, PAGE_ROWS));
    for (const row of rows) {
      previous = proven(row, previous);
      yield row;
    }
    if (rows.length < PAGE_ROWS) return;
  }
}

function proven(row: JournalRow, previous: Pick<JournalRow, 'sequence' | 'hash'>): JournalRow {
  const due = previous.sequence + 1;
  if (row.sequence !== due) throw new ChainError(due, `row ${due}`, `row ${row.sequence}`);
  const expected = rowHash(previous.hash, row);
  if (row.hash !== expected) throw new ChainError(row.sequence, `hash ${expected}`, `hash ${row.hash}`);
  return row;
}

/** Sequence and hash of the row at `sequence`; the genesis for 0. */
function headAt(database: Database.Database, sequence: number): Pick<JournalRow, 'sequence' | 'hash'> {
  if (sequence === 0) return { sequence: 0, hash: GENESIS_HASH };
  const hashAt = database.prepare<[number], string>('SELECT hash FROM journal WHERE sequence = ?').pluck();
  const found = hashAt.get(sequence);
  if (found === undefined) throw new ChainError(sequence, `row ${sequence}`, 'no row');
  return { sequence, hash: found };
}

export function headOf(database: Database.Database): Pick<JournalRow, 'sequence' | 'hash'> {
  const last = database.prepare<[], number>('SELECT coalesce(max(sequence), 0) FROM journal').pluck().get() ?? 0;
  return headAt(database, last);
}
