/**
 * Mistakes that people have made with other people's money, each as the smallest change of the sources that makes it. The simulation
 * must catch every one: an invariant that no mistake can break shows nothing. A text that is no longer found fails the test: the mistake
 * is then to be made where the protocol stands now.
 */

export interface Edit {
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly put: string;
}

export interface Mutant {
  readonly name: string;
  /** The first world that is looked at, where those that break are rare; 1 elsewhere. */
  readonly from?: number;
  readonly edits: readonly Edit[];
}

const edit = (file: string, find: string, put: string): Edit => ({ file, find, put });

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'an order whose send failed is sent again at once',
    edits: [
      edit(
        'servo/send-orders.ts',
        'broker.submit(order));',
        'broker.submit(order).catch(() => broker.submit(order)));',
      ),
    ],
  },
  {
    name: 'an order may be marked as sent twice',
    edits: [
      edit(
        'domain/stages/execute.ts',
        "if (order.status === 'authorised') waiting.push(order)",
        "if (order.status === 'authorised' || order.status === 'sending') waiting.push(order)",
      ),
      edit(
        'domain/order.ts',
        "lose: 'unknown',\n  },\n  unknown: {",
        "lose: 'unknown',\n    send: 'sending',\n  },\n  unknown: {",
      ),
    ],
  },
  {
    name: 'a failed question about an order means that it was never seen',
    edits: [
      edit(
        'servo/ask-broker.ts',
        'broker.statusOf(orderId));',
        "broker.statusOf(orderId).catch(() => ({ kind: 'never_seen' as const })));",
      ),
      // What the reports say against it would undo the commit.
      edit(
        'servo/reconcile.ts',
        'settle(state, reports, !state.step.completed, emit);',
        'settle(state, neverSeen.length > 0 ? [] : reports, !state.step.completed, emit);',
      ),
    ],
  },
  {
    name: 'a failed question about positions means that there are none',
    edits: [
      edit(
        'servo/ask-broker.ts',
        'broker.snapshot());',
        'broker.snapshot().catch(() => ({ balance: 0, positions: [], workingOrderIds: [], sequence: 0 }) as never));',
      ),
    ],
  },
  {
    name: 'a failed question about reports means that there are none, and what is missing is passed over',
    from: 600,
    edits: [
      edit('servo/ask-broker.ts', 'broker.reportsAfter(cursor));', 'broker.reportsAfter(cursor).catch(() => []));'),
      edit('servo/reconcile.ts', '?? state.reportCursor) < holdings.sequence) {', '?? state.reportCursor) < 0) {'),
    ],
  },
  {
    name: 'a lost order is asked for without a fence',
    edits: [edit('servo/fence.ts', 'if (exposed.length > 0) {', 'if (exposed.length < 0) {')],
  },
  {
    name: 'the venue takes orders of an older epoch',
    edits: [edit('broker/paper/venue.ts', 'if (epoch < this.#epoch) return', 'if (epoch < 0) return')],
  },
  {
    name: 'the gate does not count what is on its way',
    from: 600,
    edits: [
      // What is on its way is sized against too: the mistake must be made in both places.
      edit(
        'domain/sizing/open-book.ts',
        "if (status !== 'authorised' && !isInFlight(status)) continue;",
        "if (status !== 'authorised' || isInFlight(status)) continue;",
      ),
      edit(
        'domain/gate/exposure.ts',
        "if (intent.kind !== 'open' || isTerminal(status)",
        "if (intent.kind !== 'open' || isTerminal(status) || status !== 'authorised'",
      ),
    ],
  },
  {
    name: 'halts and limits are read at the gate alone, not where the order leaves',
    edits: [
      edit(
        'domain/stages/execute.ts',
        'return failed && describe(failed);',
        'return failed === null ? describe(failed) : undefined;',
      ),
    ],
  },
  {
    name: 'a second attempt passes no gate',
    edits: [
      // What may not open has no size either: the mistake must be made there too.
      edit('domain/servo.ts', 'sizeFactor: 0 };', 'sizeFactor: 1 };'),
      edit(
        'domain/risk.ts',
        'verdicts.some(({ passed }) => !passed)) return denied(base, verdicts);',
        '(attempt === 1 && verdicts.some(({ passed }) => !passed))) return denied(base, verdicts);',
      ),
      edit(
        'domain/stages/execute.ts',
        'return failed && describe(failed);',
        'return intent.attempt === 1 && failed ? describe(failed) : undefined;',
      ),
    ],
  },
  {
    name: 'an order without an answer counts as refused',
    edits: [edit('domain/stages/settle.ts', "change: 'lose', detail: text", "change: 'reject', detail: text")],
  },
  {
    name: 'what was asked for counts instead of what was filled',
    edits: [
      edit(
        'domain/stages/settle.ts',
        'settleOpening(before, opening, openingContext',
        "settleOpening(before, order?.intent.kind === 'open' ? { ...opening, quantity: order.intent.quantity } : opening, openingContext",
      ),
    ],
  },
  {
    name: 'a report that comes again is applied again',
    edits: [
      edit(
        'domain/stages/settle.ts',
        "report.kind === 'lost' || report.sequence > state.reportCursor",
        'report.sequence >= 0',
      ),
      edit(
        'servo/ask-broker.ts',
        'const reports = inSequence(answer) ? answer : sortedOnce(answer, cursor);',
        'const reports = answer;\n  if (reports.length > 0) return reports;',
      ),
      edit('domain/apply.ts', 'if (sequence <= state.reportCursor) throw', 'if (sequence < 0) throw'),
    ],
  },
  {
    name: 'orders leave before the commit that marks them is durable',
    edits: [
      edit(
        'servo/book.ts',
        'this.#store.append(events, alerts, this.#clock.wall());',
        'queueMicrotask(() => this.#store.append(events, alerts, this.#clock.wall()));',
      ),
    ],
  },
  {
    name: 'after a failed commit the state is left as it was decided',
    edits: [edit('servo/book.ts', '      this.#state = undefined;\n      throw error;', '      throw error;')],
  },
  {
    name: 'a reset lifts the limits of loss too',
    edits: [
      edit('domain/apply-command.ts', 'import { drawdown }', 'import { drawdown, openAccount }'),
      edit(
        'domain/apply-command.ts',
        'state.causes = { ...rest, ...(paused && { paused }), reconciled: false };',
        'state.causes = { ...rest, ...(paused && { paused }), closeOnly: {}, reconciled: false };\n      state.account = openAccount(state.account.equity);',
      ),
    ],
  },
  {
    name: 'a restart forgets a halt',
    edits: [
      edit(
        'domain/apply.ts',
        'const { stopRequested: _, ...causes } = state.causes;',
        'const { stopRequested: _, halted: __, ...causes } = state.causes;',
      ),
    ],
  },
  {
    name: 'a restart trades before the books agree',
    edits: [
      edit('servo/servo.ts', 'await this.#exclusive.run(() => this.#agreement.seek());', ''),
      edit(
        'domain/apply.ts',
        'state.causes = { ...causes, reconciled: false, ended: false };',
        'state.causes = { ...causes, reconciled: true, ended: false };',
      ),
    ],
  },
  {
    name: 'entries of a day are never counted',
    edits: [edit('domain/apply.ts', 'entriesToday: entriesToday + 1,', 'entriesToday: entriesToday + 0,')],
  },
  {
    name: 'the trading day ignores daylight saving',
    edits: [
      edit(
        'domain/calendar.ts',
        'const local = at + zoneOffsetMs(timezone, at);',
        'const local = at + zoneOffsetMs(timezone, 0 as UnixMs);',
      ),
    ],
  },
  {
    name: 'an entry leaves without a stop',
    edits: [
      edit('domain/risk.ts', 'stopLoss: bracket.stopLoss,', 'stopLoss: 0 as never,'),
      // What it risks would be seen, and not sent.
      edit('domain/risk.ts', ' ?? sizeAgain(state, intent);', ';'),
    ],
  },
  {
    name: 'a stop that was taken away is not put back',
    edits: [
      edit('servo/naked-watch.ts', 'for (const positionId of this.#bare)', 'for (const positionId of [] as string[])'),
    ],
  },
  {
    name: 'a flatten is done when nothing is open, whatever still works',
    edits: [
      edit(
        'domain/stages/settle.ts',
        "if (intent.kind === 'open' && !isTerminal(status)) return false;",
        "if (intent.kind === 'open' && status === 'authorised') return false;",
      ),
    ],
  },
];
