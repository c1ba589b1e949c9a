/** What was decided on one bar, or why nothing was, from the journal: however long ago, and whether the servo runs or not. */
import { formatUtc } from '../domain/calendar.ts';
import type { Decision } from '../domain/decision.ts';
import type { TradingPolicy } from '../domain/policy.ts';
import type { Signal } from '../domain/signal.ts';
import type { UnixMs } from '../domain/units.ts';
import { type DecisionWords, decisionWords } from './recent-decisions.ts';
import { signalWords } from './words.ts';

/** What the journal holds of the latest bar that had closed by a moment. */
export interface BarTrail {
  /** Absent where none had closed. */
  readonly bar?: { readonly closedAt: UnixMs /** History: it warmed the indicators up. */; readonly warm: boolean };
  readonly signal?: Signal;
  readonly decisions: readonly Decision[];
  /** A newer bar came before it was decided. */
  readonly dropped: boolean;
}

export interface BarExplanation {
  readonly items: readonly DecisionWords[];
  /** What there is to say beside the decisions, or instead of them; null where they say it all. */
  readonly note: string | null;
}

export function explainBar(policy: TradingPolicy, symbol: string, at: UnixMs, trail: BarTrail): BarExplanation {
  const { bar, signal, decisions } = trail;
  if (bar === undefined) return { items: [], note: `No bar of ${symbol} had closed by ${formatUtc(at)}.` };
  const late = at - bar.closedAt >= policy.timeframeMs;
  const closed = `the bar of ${symbol} that closed at ${formatUtc(bar.closedAt)}`;
  const lead = late ? `No bar came from then to ${formatUtc(at)}; the latest was ${closed}. ` : '';
  const note = decisions.length > 0 ? lead.trim() : `${lead}${undecided(trail, bar.warm, closed, signal)}`;
  return {
    items: decisions.map((decision) => decisionWords(policy, signal, decision)),
    note: note === '' ? null : note,
  };
}

function undecided({ dropped }: BarTrail, warm: boolean, closed: string, signal: Signal | undefined): string {
  if (warm) return `Nothing was decided on ${closed}: it was history, to warm the indicators up.`;
  const opinion = signal === undefined ? '' : ` (${signalWords(signal)})`;
  if (dropped) return `Nothing was decided on ${closed}${opinion}: a newer bar closed before it could be.`;
  return signal === undefined
    ? `Nothing was decided on ${closed}: its features were not ready, or no model was asked.`
    : `Nothing is decided yet on ${closed}${opinion}.`;
}
