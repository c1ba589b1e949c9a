/** What stands where in the rows of a data file, whoever wrote it. */

/** Values of a row by name; also the places in `ScannedRows.columns`. */
export const CELL = {
  /** Nothing that is kept. */
  skip: 0,
  /** Date and time of day in one cell: the wall clock of the file. */
  time: 1,
  /** The date alone; a `clock` cell, where there is one, holds the time of day. */
  date: 2,
  clock: 3,
  epochSeconds: 4,
  epochMs: 5,
  volume: 6,
  open: 7,
  high: 8,
  low: 9,
  close: 10,
  spread: 11,
  bid: 12,
  ask: 13,
} as const;

export type CellName = keyof typeof CELL;

export interface RowLayout {
  readonly separator: ',' | '\t' | ';';
  /** One for each column. */
  readonly cells: readonly CellName[];
  /** The first line with a row, 1 for the first of the file. */
  readonly firstLine: number;
  /** Characters of a time of day: 5 for `05:07`, 8 with seconds, 12 with milliseconds. */
  readonly clockLength: number;
  /** Whether times end in a Z. */
  readonly zulu: boolean;
  /** Spreads are counts of 10 to the minus this: 0 for units of price, MetaTrader's are points of the file's own digits. */
  readonly spreadDigits: number;
}

/** Place of a column in a row; -1 where the file has none. */
export const placeOf = ({ cells }: RowLayout, name: CellName): number => cells.indexOf(name);
