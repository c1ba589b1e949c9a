/** What is wrong with a configuration: all faults at once, each with its place, the line itself and how to mend it. */

export type ConfigPath = readonly (string | number)[];

/** A fault that does not know its line yet. */
export interface Finding {
  readonly path: ConfigPath;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Where to point: at the value (the default), at the key itself, or at an offset into the text. */
  readonly at?: 'key' | number;
}

export interface ConfigFault {
  /** `config.yaml:3:11`, `config.yaml` where no line is to blame, or a command-line flag. */
  readonly where: string;
  /** `execution.order.type`; empty where the fault is not about one key. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly excerpt?: Excerpt | undefined;
}

/** The offending line, secrets hidden. */
export interface Excerpt {
  readonly line: number;
  /** 1-based, as an editor counts. */
  readonly column: number;
  readonly text: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(formatFault).join('\n'));
    this.faults = faults;
  }
}

/** `trading.symbols[1].timeframe`. */
export const formatPath = (path: ConfigPath): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');

function formatFault(fault: ConfigFault): string {
  const subject = fault.path === '' ? fault.message : `${fault.path}: ${fault.message}`;
  const lines = [`${fault.where}  error  ${subject}`];
  if (fault.excerpt !== undefined) lines.push(...formatExcerpt(fault.excerpt));
  if (fault.hint !== undefined) lines.push(`        = hint: ${fault.hint}`);
  return lines.join('\n');
}

const EXCERPT_WIDTH = 120;

function formatExcerpt({ line, column, text }: Excerpt): string[] {
  const start = text.length > EXCERPT_WIDTH ? Math.max(0, column - EXCERPT_WIDTH / 2) : 0;
  const shown = text.slice(start, start + EXCERPT_WIDTH);
  // A tab or an escape sequence would move the caret, or the reader's terminal.
  const printable = shown.replaceAll('\t', '→').replace(/\p{Cc}/gu, '·');
  return [`${String(line).padStart(7)} │ ${printable}`, `        │ ${' '.repeat(column - 1 - start)}^`];
}
