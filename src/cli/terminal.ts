/** What the operator sees of a run: a few lines of facts, then one line a decision, and what happened to orders and limits. */
import colours from 'picocolors';
import type { Config } from '../config/config.ts';
import type { Service } from '../main.ts';
import type { Alert } from '../servo/alerts.ts';
import type { Commit } from '../servo/book.ts';
import { decisionLine } from '../servo/words.ts';
import { VERSION } from '../version.ts';

const COLOUR: Record<Alert['severity'], (text: string) => string> = {
  info: colours.cyan,
  warning: colours.yellow,
  error: colours.red,
  critical: (text) => colours.bold(colours.red(text)),
};

/** Their events have a line of their own already, or concern the process alone. */
const SILENT_ALERTS: ReadonlySet<Alert['kind']> = new Set(['started', 'stopped']);

export class Terminal {
  #accepted = 0;
  #refused = 0;

  title({ mode, dryRun }: Config): void {
    this.#print(colours.bold(`Trading Servo ${VERSION} · ${mode.toUpperCase()}${dryRun ? ' · dry-run' : ''}`));
  }

  facts(lines: readonly string[]): void {
    for (const line of lines) this.#print(`  ${line}`);
    this.#print(colours.dim('  one line a decision follows; Ctrl-C ends'));
  }

  note(line: string): void {
    this.#print(colours.dim(line));
  }

  commit({ events, alerts, state }: Commit): void {
    for (const event of events) {
      if (event.kind !== 'decision_made') continue;
      const { decision } = event;
      const line = decisionLine(state.policy, state.markets.get(decision.symbol)?.signal, decision);
      const accepted = decision.outcome === 'approved';
      if (accepted) this.#accepted += 1;
      else this.#refused += 1;
      this.#print(accepted ? colours.green(line) : line);
    }
    for (const { kind, severity, text } of alerts) {
      if (!SILENT_ALERTS.has(kind)) this.#print(COLOUR[severity](`                  ${text}`));
    }
  }

  summary({ control }: Service): void {
    const { account, tradesClosed, positionsOpen } = control.status();
    const { equity, currency } = account;
    this.#print(
      `${this.#accepted + this.#refused} decisions: ${this.#accepted} accepted, ${this.#refused} refused · ` +
        `${tradesClosed} trades closed in all, ${positionsOpen} positions open · equity ${equity.toFixed(2)} ${currency}`,
    );
  }

  #print(line: string): void {
    process.stdout.write(`${line}\n`);
  }
}
