/** A user's own feature: a function over the latest closed bars, or something that is shown them one by one. */
import { Ring } from '../indicators/ring.ts';
import type { BarRow, Column } from './column.ts';

/** Prices as quoted, such as 1.10457; times in Unix ms. Read-only: what is written to it is lost. */
export type UserBar = Readonly<Record<(typeof FIELDS)[number], number>>;

const FIELDS = ['openAt', 'closeAt', 'open', 'high', 'low', 'close', 'volume'] as const;

export interface UserFeature {
  readonly name: string;
  /** Bars that its value may depend on: no more are remembered, and fewer give no value. */
  readonly warmupBars: number;
  /** Over the latest `warmupBars` bars, the oldest first. */
  readonly compute?: (window: readonly UserBar[]) => number;
  /** Made anew for each market and after each restart, where it is shown the latest `warmupBars` bars again. */
  readonly create?: () => { push(bar: UserBar): number };
}

/** `priceOfTick`: what one tick is in quoted prices. */
export function userColumn(feature: UserFeature, priceOfTick: number): Column {
  const memory = new Window(feature.warmupBars);
  const reader = feature.compute === undefined ? showing(feature) : over(feature.compute, feature.warmupBars);
  return {
    memory,
    push: (row) => reader.show(memory.push(row, priceOfTick)),
    value: () => (memory.isFull ? reader.value() : Number.NaN),
    restored: () => {
      reader.forget();
      for (const bar of memory.bars()) reader.show(bar);
    },
  };
}

interface Reader {
  forget(): void;
  show(bar: UserBar): void;
  value(): number;
}

function over(compute: (window: readonly UserBar[]) => number, bars: number): Reader {
  let window: UserBar[] = [];
  return {
    forget: () => {
      window = [];
    },
    show: (bar) => {
      window.push(bar);
      if (window.length > bars) window.shift();
    },
    // A copy: what the function does to its window ends with it.
    value: () => compute(window.slice()),
  };
}

function showing({ create }: UserFeature): Reader {
  let instance = create?.();
  let latest = Number.NaN;
  return {
    forget: () => {
      instance = create?.();
    },
    show: (bar) => {
      latest = instance?.push(bar) ?? Number.NaN;
    },
    value: () => latest,
  };
}

/** The latest bars, as numbers that a snapshot can hold. */
class Window {
  private readonly length: number;
  private readonly columns: Readonly<Record<(typeof FIELDS)[number], Ring>>;

  constructor(length: number) {
    this.length = length;
    this.columns = {
      openAt: new Ring(length),
      closeAt: new Ring(length),
      open: new Ring(length),
      high: new Ring(length),
      low: new Ring(length),
      close: new Ring(length),
      volume: new Ring(length),
    };
  }

  push({ openAt, closeAt, open, high, low, close, volume }: BarRow, priceOfTick: number): UserBar {
    const bar = {
      openAt,
      closeAt,
      open: open * priceOfTick,
      high: high * priceOfTick,
      low: low * priceOfTick,
      close: close * priceOfTick,
      volume,
    };
    for (const field of FIELDS) this.columns[field].push(bar[field]);
    return Object.freeze(bar);
  }

  get isFull(): boolean {
    return this.columns.openAt.count >= this.length;
  }

  /** The oldest first. */
  bars(): readonly UserBar[] {
    const count = Math.min(this.columns.openAt.count, this.length);
    return Array.from({ length: count }, (_, i) => this.ago(count - 1 - i));
  }

  private ago(back: number): UserBar {
    const { columns } = this;
    return Object.freeze({
      openAt: columns.openAt.ago(back),
      closeAt: columns.closeAt.ago(back),
      open: columns.open.ago(back),
      high: columns.high.ago(back),
      low: columns.low.ago(back),
      close: columns.close.ago(back),
      volume: columns.volume.ago(back),
    });
  }
}
