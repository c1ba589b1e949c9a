/** The header of a candle file: which column stands where. */
import type { FaultList } from './candle-file-error.ts';
import type { RowLayout } from './row-layout.ts';

const REQUIRED = ['time', 'open', 'high', 'low', 'close', 'volume'] as const;
const HEADER = `${REQUIRED.join(',')}[,spread]`;
const LINE_FEED = 0x0a;

type ColumnName = (typeof REQUIRED)[number] | 'spread';

interface Headed {
  readonly layout: RowLayout;
  /** Where the first row begins. */
  readonly start: number;
}

export function readHeader(bytes: Buffer, faults: FaultList): Headed {
  const end = lineEnd(bytes, 0);
  const names = cellsOf(bytes.toString('utf8', 0, end)).map((name) => name.toLowerCase());
  const fault = headerFault(names);
  if (fault !== undefined) faults.addAt(1, fault);
  const start = Math.min(end + 1, bytes.length);
  const firstTime = cellsOf(bytes.toString('utf8', start, lineEnd(bytes, start)))[names.indexOf('time')] ?? '';
  const layout: RowLayout = {
    separator: ',',
    cells: names as ColumnName[],
    firstLine: 2,
    clockLength: firstTime.replace(/^.*[T ]|Z$/g, '').length,
    zulu: true,
    spreadDigits: 0,
  };
  return { layout, start };
}

function headerFault(names: readonly string[]): string | undefined {
  const line = names.join(',');
  const separator = /[;\t|]/.exec(line)?.[0];
  const missing = REQUIRED.filter((name) => !names.includes(name));
  const unknown = names.find((name) => !([...REQUIRED, 'spread'] as readonly string[]).includes(name));
  const repeated = names.find((name, place) => names.indexOf(name) !== place);
  if (names.length === 1 && separator !== undefined) {
    return `the columns are separated by ${JSON.stringify(separator)}; separate them by commas: ${HEADER}; an export of MetaTrader goes through servo data import`;
  }
  if (missing.length > 0) return `the header has no column ${missing.join(', ')}; it must be ${HEADER}`;
  if (unknown !== undefined) return `the header has an unknown column ${JSON.stringify(unknown)}; it must be ${HEADER}`;
  return repeated === undefined ? undefined : `the header has the column ${repeated} twice; it must be ${HEADER}`;
}

const cellsOf = (line: string): string[] => line.split(',').map((cell) => cell.trim());

function lineEnd(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(LINE_FEED, from);
  return end < 0 ? bytes.length : end;
}
