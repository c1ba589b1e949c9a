/** Limits as the journal has them: what was said of each while the servo ran, what holds of it, and what waits for its window. */
import type { LimitSurface } from '../commands.ts';
import type { Emit, EventOf } from '../events.ts';
import type { LossWindowName, TradingPolicy } from '../policy.ts';
import type { UnixMs } from '../units.ts';
import { EDITABLE, isLooser, LIMIT_NAMES, type LimitName, type LimitValue, type LimitValues } from './editable.ts';

export interface LimitWord {
  readonly value: LimitValue;
  readonly by: string;
  readonly reason: string;
  readonly at: UnixMs;
  /** As it was said; from the next start on the tighter of it and the file's. */
  readonly holds: LimitValue;
}

export interface LimitEdit {
  readonly held: LimitWord;
  /** Looser: it takes the other's place when the limit's window begins. */
  readonly pending?: LimitWord;
}

/** Only of limits that were edited. */
export type LimitEdits = Readonly<Partial<Record<LimitName, LimitEdit>>>;

export interface LimitWish {
  readonly limit: LimitName;
  readonly value: LimitValue;
  readonly by: string;
  readonly surface: LimitSurface;
  readonly reason: string;
}

/** Tightening acts at once, and takes back a loosening that waits; loosening waits for the window, so that no loss is given room while it is being made. */
export function editLimit(policy: TradingPolicy, wish: LimitWish, at: UnixMs, emit: Emit): void {
  const { value: to, ...said } = wish;
  const from = EDITABLE[wish.limit].read(policy);
  const effective = isLooser(wish.limit, from, to) ? 'next_window' : 'now';
  emit({ kind: 'limit_edited', at, ...said, from, to, effective });
}

/** Said of a value that no one has edited, when a looser one begins to wait: until then no file loosens it either. */
const FILE = { by: 'config.yaml', reason: 'held until the looser value takes its place' };

/** What `limit_edited` makes of the edits. */
export function withEdit(edits: LimitEdits, event: EventOf<'limit_edited'>): LimitEdits {
  const { limit, from, to, by, reason, at, effective } = event;
  const word: LimitWord = { value: to, by, reason, at, holds: to };
  if (effective === 'now') return { ...edits, [limit]: { held: word } };
  const held = edits[limit]?.held ?? { value: from, ...FILE, at, holds: from };
  return { ...edits, [limit]: { held, pending: word } };
}

/** What waited for one of these windows holds from now on. */
export function rolledEdits(edits: LimitEdits, windows: readonly LossWindowName[]): LimitEdits {
  const due = (name: LimitName, edit: LimitEdit): LimitEdit =>
    edit.pending !== undefined && windows.includes(EDITABLE[name].window) ? { held: edit.pending } : edit;
  return mapEdits(edits, due);
}

/** At a start the tighter of journal and file holds. */
export function startedEdits(edits: LimitEdits, file: LimitValues): LimitEdits {
  return mapEdits(edits, (name, { held, pending }) => {
    const beside = (word: LimitWord) => ({ ...word, holds: EDITABLE[name].tighter(word.value, file[name]) });
    return { held: beside(held), ...(pending && { pending: beside(pending) }) };
  });
}

/** The policy with every edited limit as it holds. */
export function policyUnder(policy: TradingPolicy, edits: LimitEdits): TradingPolicy {
  let edited = policy;
  for (const name of LIMIT_NAMES) {
    const held = edits[name]?.held;
    if (held !== undefined) edited = EDITABLE[name].write(edited, held.holds);
  }
  return edited;
}

function mapEdits(edits: LimitEdits, map: (name: LimitName, edit: LimitEdit) => LimitEdit): LimitEdits {
  const mapped: Partial<Record<LimitName, LimitEdit>> = {};
  for (const name of LIMIT_NAMES) {
    const edit = edits[name];
    if (edit !== undefined) mapped[name] = map(name, edit);
  }
  return mapped;
}
