/** The latest decisions in words, from memory: what `why` answers at once. */
import { formatUtc } from '../domain/calendar.ts';
import type { Decision } from '../domain/decision.ts';
import { symbolPolicy, type TradingPolicy } from '../domain/policy.ts';
import type { Signal } from '../domain/signal.ts';
import type { Commit } from './book.ts';
import { sizingLines } from './sizing-words.ts';
import { CHECK_WORDS, decisionLine, verdictNumbers } from './words.ts';

export interface DecisionWords {
  readonly decisionId: string;
  readonly symbol: string;
  readonly barClosedAt: string;
  readonly outcome: 'approved' | 'denied';
  readonly text: string;
  /** The arithmetic of the size, a line a cap; empty where nothing was sized. */
  readonly sizing: readonly string[];
  /** Every check in order, in words with its numbers. */
  readonly checks: readonly { readonly check: string; readonly passed: boolean; readonly text: string }[];
}

const KEEP = 500;

export class RecentDecisions {
  readonly #newestFirst: DecisionWords[] = [];

  note({ events, state }: Commit): void {
    for (const event of events) {
      if (event.kind !== 'decision_made') continue;
      const { decision } = event;
      const signal = state.markets.get(decision.symbol)?.signal;
      this.#newestFirst.unshift(decisionWords(state.policy, signal, decision));
    }
    this.#newestFirst.length = Math.min(this.#newestFirst.length, KEEP);
  }

  latest(symbol: string | undefined, limit: number): readonly DecisionWords[] {
    return this.#newestFirst.filter((decision) => symbol === undefined || decision.symbol === symbol).slice(0, limit);
  }
}

export function decisionWords(policy: TradingPolicy, signal: Signal | undefined, decision: Decision): DecisionWords {
  const { instrument } = symbolPolicy(policy, decision.symbol);
  return {
    decisionId: decision.decisionId,
    symbol: decision.symbol,
    barClosedAt: formatUtc(decision.barClosedAt),
    outcome: decision.outcome,
    text: decisionLine(policy, signal, decision),
    sizing: decision.sizing === undefined ? [] : sizingLines(instrument, policy.currency, decision.sizing),
    checks: decision.verdicts.map((verdict) => ({
      check: verdict.check,
      passed: verdict.passed,
      text: `${CHECK_WORDS[verdict.check]} ${verdictNumbers(policy, instrument, verdict)}`,
    })),
  };
}
