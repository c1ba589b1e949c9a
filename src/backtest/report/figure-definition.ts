/** What a figure of the metric table is: name, unit, where it stands, and the words that explain it. */
import type { BacktestFigures } from './figures.ts';

export type Unit = 'money' | 'ratio' | 'number' | 'R' | 'ms' | 'ticks' | 'count' | 'utc_ms';
/** What a ratio rests on: too few of them, and it is marked. */
export type Basis = 'days' | 'trades';

export type FigureDefinition = readonly [
  key: string,
  label: string,
  unit: Unit,
  value: (figures: BacktestFigures) => number | null,
  definition: string,
  basis?: Basis,
];
