/** What is wrong with a candle file: up to ten faults at once, each with its place and the way to mend it. */

const FAULTS_MAX = 10;

export class CandleFileError extends Error {
  override readonly name = 'CandleFileError';
  /** `path:line: what is wrong; how to mend it`, without the line where the whole file is at fault. */
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

/** Gathers the faults of one file. */
export class FaultList {
  readonly #path: string;
  readonly #faults: string[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  get isEmpty(): boolean {
    return this.#faults.length === 0;
  }

  /** When there are enough to work on, reading on is of no use. */
  get isFull(): boolean {
    return this.#faults.length >= FAULTS_MAX;
  }

  addAt(line: number, message: string): void {
    if (!this.isFull) this.#faults.push(`${this.#path}:${line}: ${message}`);
  }

  add(message: string): void {
    if (!this.isFull) this.#faults.push(`${this.#path}: ${message}`);
  }

  throwIfAny(): void {
    if (!this.isEmpty) throw new CandleFileError(this.#faults);
  }
}
