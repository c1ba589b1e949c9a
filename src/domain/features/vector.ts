/** A model's input at one bar: its symbol's columns, and those of the other symbols that it looks at, as of that bar. */
import type { FeatureColumn, FeatureSpec } from './spec.ts';

/** What a vector reads of a symbol's engine. */
interface VectorSource {
  /** Of its latest closed bar. */
  readonly closedAt: number;
  readonly timeframeMs: number;
  readonly ready: boolean;
  /** Of a column by its name, such as `rsi` or `H1.rsi`. */
  columnValue(name: string): number;
}

/** The engine of another symbol, in which every bar that closed up to `at` is in, and no later one. */
export type LookAt = (symbol: string, at: number) => VectorSource | undefined;

/** What another symbol said longer ago than a day says nothing of now. */
const STALE_MS = 86_400_000;

/** In the order of the spec. NaN where another symbol is not known, not warmed up, or has been silent for more than a day. */
export const vectorOf = ({ columns }: FeatureSpec, own: VectorSource, lookAt: LookAt): Float64Array =>
  Float64Array.from(columns, (column) => columnValue(column, own, lookAt));

function columnValue(column: FeatureColumn, own: VectorSource, lookAt: LookAt): number {
  if (column.kind === 'own') return own.columnValue(column.local.name);
  const other = lookAt(column.symbol, own.closedAt);
  if (other === undefined || !other.ready) return Number.NaN;
  const silentMs = own.closedAt - other.closedAt;
  if (silentMs < 0) {
    throw new Error(`${column.symbol} is looked at before the close of its latest bar: features would know the future`);
  }
  if (column.kind === 'age') return silentMs / own.timeframeMs;
  return silentMs > STALE_MS ? Number.NaN : other.columnValue(column.local.name);
}
