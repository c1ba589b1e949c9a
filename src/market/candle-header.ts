/** The header of a candle file: which column stands where. */
import type { FaultList } from './candle-file-error.ts';

const REQUIRED = ['time', 'open', 'high', 'low', 'close', 'volume'] as const;
const HEADER = `${REQUIRED.join(',')}[,spread]`;

export type ColumnName = (typeof REQUIRED)[number] | 'spread';

/** Places of the columns in a row, 0 for the first; -1 for a spread that is not in the file. */
export type ColumnPlaces = Readonly<Record<ColumnName, number>> & { readonly width: number };

export function readHeader(line: string, faults: FaultList): ColumnPlaces {
  const names = line.split(',').map((name) => name.trim().toLowerCase());
  const separator = /[;\t|]/.exec(line)?.[0];
  const missing = REQUIRED.filter((name) => !names.includes(name));
  const unknown = names.filter((name) => !([...REQUIRED, 'spread'] as readonly string[]).includes(name));
  const repeated = names.filter((name, place) => names.indexOf(name) !== place);

  if (names.length === 1 && separator !== undefined) {
    faults.addAt(1, `the columns are separated by ${JSON.stringify(separator)}; separate them by commas: ${HEADER}`);
  } else if (missing.length > 0) {
    faults.addAt(1, `the header has no column ${missing.join(', ')}; it must be ${HEADER}`);
  } else if (unknown.length > 0) {
    faults.addAt(1, `the header has an unknown column ${JSON.stringify(unknown[0])}; it must be ${HEADER}`);
  } else if (repeated.length > 0) {
    faults.addAt(1, `the header has the column ${repeated[0]} twice; it must be ${HEADER}`);
  }
  const place = (name: ColumnName) => names.indexOf(name);
  return {
    time: place('time'),
    open: place('open'),
    high: place('high'),
    low: place('low'),
    close: place('close'),
    volume: place('volume'),
    spread: place('spread'),
    width: names.length,
  };
}
