/** What the operator sees of a run: a few lines of facts, then one line a decision, and what happened to orders and limits. */
import colours from 'picocolors';
import type { Config } from '../config/config.ts';
import { formatUtc } from '../domain/calendar.ts';
import type { Decision } from '../domain/decision.ts';
import type { DomainEvent } from '../domain/events.ts';
import type { ServoState } from '../domain/state.ts';
import type { Service } from '../main.ts';
import type { Alert } from '../servo/alerts.ts';
import type { Commit } from '../servo/book.ts';
import { outcomeWords, signalWords } from '../servo/words.ts';
import { VERSION } from '../version.ts';
import { callOf } from './call.ts';
import { counted } from './text.ts';

const COLOUR: Record<Alert['severity'], (text: string) => string> = {
  info: colours.cyan,
  warning: colours.yellow,
  error: colours.red,
  critical: (text) => colours.bold(colours.red(text)),
};

/** The first screen and the last lines say these. */
const SILENT_ALERTS: ReadonlySet<Alert['kind']> = new Set(['started', 'stopped']);
const isStop = (event: DomainEvent): boolean => event.kind === 'command_accepted' && event.command === 'stop';

/** Room for `P(up) 0.30 P(down) 0.28 · trend down`. */
const OPINION_WIDTH = 36;
/** Under the symbol, beside `07:05  `. */
const INDENT = ' '.repeat(7);

export class Terminal {
  #accepted = 0;
  #refused = 0;
  #day = '';

  title({ mode, dryRun }: Config): void {
    this.#print(colours.bold(`Trading Servo ${VERSION} · ${mode.toUpperCase()}${dryRun ? ' · dry-run' : ''}`));
  }

  facts(lines: readonly string[]): void {
    for (const line of lines) this.#print(`  ${line}`);
    this.#print(colours.dim('  One line a decision follows, at the market’s time in UTC. Ctrl-C ends.'));
  }

  note(line: string): void {
    this.#print(colours.dim(`  ${line}`));
  }

  readonly commit = ({ events, alerts, state }: Commit): void => {
    for (const event of events) if (event.kind === 'decision_made') this.#decision(state, event.decision);
    if (events.some(isStop)) return;
    for (const { kind, severity, text } of alerts) {
      if (!SILENT_ALERTS.has(kind)) this.#print(COLOUR[severity](`${INDENT}${text}`));
    }
  };

  stopping(reason: string): void {
    this.note(`Stopping: ${reason}. Positions keep their broker stops. Ctrl-C now ends it at once.`);
  }

  summary({ control, logs }: Service): void {
    const { account, tradesClosed, positionsOpen } = control.status();
    const { equity, currency } = account;
    this.#print(
      `${counted(this.#accepted + this.#refused, 'decision')}: ${this.#accepted} accepted, ${this.#refused} refused · ` +
        `${counted(tradesClosed, 'trade')} closed in all, ${counted(positionsOpen, 'position')} open · equity ${equity.toFixed(2)} ${currency}`,
    );
    this.#print(`Next: ${callOf('report')} · ${callOf('why')} · ${logs.tradingFile}`);
  }

  /** `07:05  EURUSD  P(up) 0.32 P(down) 0.34 · quiet       → refused   …`, under its date. */
  #decision(state: ServoState, decision: Decision): void {
    const { symbol, outcome, barClosedAt } = decision;
    const [day = '', clock = ''] = formatUtc(barClosedAt).split(' ');
    if (day !== this.#day) this.#print(colours.dim(day));
    this.#day = day;
    const symbolWidth = Math.max(...[...state.policy.symbols.keys()].map(({ length }) => length));
    const signal = state.markets.get(symbol)?.signal;
    const opinion = signal === undefined ? '' : signalWords(signal);
    const words = outcomeWords(state.policy, decision);
    const line = `${clock}  ${symbol.padEnd(symbolWidth)}  ${opinion.padEnd(OPINION_WIDTH)} → ${words}`;
    if (outcome === 'approved') this.#accepted += 1;
    else this.#refused += 1;
    this.#print(outcome === 'approved' ? colours.green(line) : line);
  }

  #print(line: string): void {
    process.stdout.write(`${line}\n`);
  }
}
