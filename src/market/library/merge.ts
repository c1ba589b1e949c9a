/** Two recordings of one market become one: rows of the same time must be the same, and nobody decides which of two truths holds. */
import { formatUtc } from '../../domain/calendar.ts';
import type { UnixMs } from '../../domain/units.ts';
import { type CandleColumns, candlesOf, emptyColumns } from '../candles.ts';
import type { Ticks } from '../ticks.ts';
import {
  type CandleRecording,
  pointsColumn,
  type Recording,
  type RecordingAbout,
  type TickRecording,
} from './recording.ts';

export type Merge =
  | { readonly kind: 'merged'; readonly recording: Recording; readonly added: number; readonly repeated: number }
  /** The first few in words, and how many there are in all. */
  | { readonly kind: 'contradiction'; readonly differences: readonly string[]; readonly count: number };

const DIFFERENCES_SHOWN = 10;
const COMPARED = ['open', 'high', 'low', 'close', 'spread', 'volume'] as const;

export function mergeRecordings(stored: Recording, incoming: Recording): Merge {
  const digits = Math.max(stored.about.digits, incoming.about.digits);
  if (stored.kind === 'candles' && incoming.kind === 'candles') {
    return mergeCandles(candlesAt(stored, digits), candlesAt(incoming, digits));
  }
  if (stored.kind === 'ticks' && incoming.kind === 'ticks') {
    return mergeTicks(ticksAt(stored, digits), ticksAt(incoming, digits));
  }
  return {
    kind: 'contradiction',
    count: 1,
    differences: [`the library holds ${stored.kind}, the file ${incoming.kind}`],
  };
}

function mergeCandles(stored: CandleRecording, incoming: CandleRecording): Merge {
  if (stored.hasSpread !== incoming.hasSpread) {
    const [with_, without] = stored.hasSpread ? ['library', 'file'] : ['file', 'library'];
    return { kind: 'contradiction', count: 1, differences: [`the ${with_} has spreads and the ${without} has none`] };
  }
  const [a, b] = [stored.candles, incoming.candles];
  const columns = emptyColumns(a.length + b.length);
  const differences: string[] = [];
  let [i, j, count, repeated, different] = [0, 0, 0, 0, 0];
  while (i < a.length || j < b.length) {
    const atA = a.openAt[i] ?? Number.POSITIVE_INFINITY;
    const atB = b.openAt[j] ?? Number.POSITIVE_INFINITY;
    if (atA === atB) {
      const words = candleDifference(stored, i, incoming, j);
      if (words !== undefined && ++different <= DIFFERENCES_SHOWN) differences.push(words);
      repeated += 1;
    }
    copyRow(atA <= atB ? a : b, atA <= atB ? i : j, columns, count++);
    if (atA <= atB) i += 1;
    if (atB <= atA) j += 1;
  }
  if (different > 0) return { kind: 'contradiction', differences, count: different };
  const about = mergeAbout(stored.about, incoming.about);
  const whole = Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values.slice(0, count)]));
  const candles = candlesOf(a.symbol, a.timeframe, whole as unknown as CandleColumns, count);
  return { kind: 'merged', recording: { ...stored, about, candles }, added: count - a.length, repeated };
}

function candleDifference(
  stored: CandleRecording,
  i: number,
  incoming: CandleRecording,
  j: number,
): string | undefined {
  const [a, b] = [stored.candles, incoming.candles];
  const names = COMPARED.filter((name) => a[name][i] !== b[name][j]);
  if (names.length === 0) return undefined;
  const { digits } = stored.about;
  const shown = (name: (typeof COMPARED)[number], value: number | undefined) =>
    name === 'volume' ? String(value) : ((value ?? Number.NaN) / 10 ** digits).toFixed(digits);
  const words = names.map((name) => `${name} ${shown(name, a[name][i])} and ${shown(name, b[name][j])}`);
  return `${formatUtc(a.openAt[i] as UnixMs)} UTC: ${words.join(', ')}`;
}

function copyRow(from: CandleColumns, index: number, to: CandleColumns, place: number): void {
  to.openAt[place] = from.openAt[index] ?? 0;
  for (const name of COMPARED) to[name][place] = from[name][index] ?? 0;
}

/** Many quotes may share a millisecond, so the stretch that both hold is compared quote by quote. */
function mergeTicks(stored: TickRecording, incoming: TickRecording): Merge {
  const [earlier, later] =
    (stored.ticks.at[0] ?? 0) <= (incoming.ticks.at[0] ?? 0)
      ? [stored.ticks, incoming.ticks]
      : [incoming.ticks, stored.ticks];
  const from = earlier.at.findIndex((at) => at >= (later.at[0] ?? 0));
  const start = from < 0 ? earlier.at.length : from;
  const common = Math.min(earlier.at.length - start, later.at.length);
  const differences: string[] = [];
  let different = 0;
  for (let i = 0; i < common; i++) {
    const words = tickDifference(earlier, start + i, later, i, stored.about.digits);
    if (words !== undefined && ++different <= DIFFERENCES_SHOWN) differences.push(words);
  }
  if (different > 0) return { kind: 'contradiction', differences, count: different };
  const rest = (name: 'bid' | 'ask') => Int32Array.from([...earlier[name], ...later[name].subarray(common)]);
  const at = new Float64Array(earlier.at.length + later.at.length - common);
  at.set(earlier.at);
  at.set(later.at.subarray(common), earlier.at.length);
  const ticks = { at, bid: rest('bid'), ask: rest('ask') };
  const about = mergeAbout(stored.about, incoming.about);
  const added = at.length - stored.ticks.at.length;
  return { kind: 'merged', recording: { kind: 'ticks', about, ticks }, added, repeated: common };
}

function tickDifference(a: Ticks, i: number, b: Ticks, j: number, digits: number): string | undefined {
  if (a.at[i] === b.at[j] && a.bid[i] === b.bid[j] && a.ask[i] === b.ask[j]) return undefined;
  const shown = (ticks: Ticks, index: number) => {
    const prices = [ticks.bid[index], ticks.ask[index]].map((points) => ((points ?? 0) / 10 ** digits).toFixed(digits));
    return `${new Date(ticks.at[index] ?? 0).toISOString()} bid ${prices[0]} ask ${prices[1]}`;
  };
  return `${shown(a, i)} against ${shown(b, j)}`;
}

function mergeAbout<T extends RecordingAbout>(stored: T, incoming: RecordingAbout): T {
  const known = new Set(stored.sources.map(({ name, sha256 }) => `${name} ${sha256}`));
  const fresh = incoming.sources.filter(({ name, sha256 }) => !known.has(`${name} ${sha256}`));
  return { ...stored, sources: [...stored.sources, ...fresh] };
}

function candlesAt(recording: CandleRecording, digits: number): CandleRecording {
  const factor = 10 ** (digits - recording.about.digits);
  if (factor === 1) return recording;
  const scaled = (values: Int32Array) =>
    pointsColumn(
      Float64Array.from(values, (value) => value * factor),
      { ...recording.about, digits },
    );
  const { candles, about } = recording;
  const { openAt, volume, length } = candles;
  const columns: CandleColumns = {
    openAt,
    volume,
    open: scaled(candles.open),
    high: scaled(candles.high),
    low: scaled(candles.low),
    close: scaled(candles.close),
    spread: scaled(candles.spread),
  };
  return {
    ...recording,
    about: { ...about, digits },
    candles: candlesOf(about.symbol, about.timeframe, columns, length),
  };
}

function ticksAt(recording: TickRecording, digits: number): TickRecording {
  const factor = 10 ** (digits - recording.about.digits);
  const scaled = (values: Int32Array) => values.map((value) => value * factor);
  const { at, bid, ask } = recording.ticks;
  const ticks = factor === 1 ? recording.ticks : { at, bid: scaled(bid), ask: scaled(ask) };
  return { ...recording, about: { ...recording.about, digits }, ticks };
}
