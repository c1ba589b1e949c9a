/** What was measured of a market with a model, found again: neither the model nor its runtime is started then. */
import type { FeatureSnapshot } from '../../domain/features.ts';
import type { MeasureRequest } from '../measure.ts';
import type { Measures } from '../measured-market.ts';
import { codeHash } from './code-hash.ts';
import { type ColumnCache, keyOf } from './column-cache.ts';

/** Under what the measures of a request are kept; undefined where they are not worth it, or where nobody can say what they follow from. */
export function measuresKey(request: MeasureRequest, contentHash: string | undefined): string | undefined {
  const { source, instrument, atrPeriod, regimeModel, firstRow, isPack, engine } = request;
  // Other columns follow from other candles, or from code that is not ours.
  const packAlone = isPack && engine.snapshot().columns === '';
  if (source.kind !== 'model' || !packAlone || contentHash === undefined) return undefined;
  return keyOf([
    'measures',
    contentHash,
    source.hash,
    instrument,
    atrPeriod,
    regimeModel?.hash ?? 'rules',
    firstRow,
    codeHash(),
  ]);
}

export function readMeasures(cache: ColumnCache, key: string): Measures | undefined {
  const stored = cache.read(key);
  if (stored === undefined) return undefined;
  // Written below, under a key that holds the hash of this code.
  const columns = stored.columns as unknown as Omit<Measures, 'snapshot'>;
  return { ...columns, snapshot: stored.facts as FeatureSnapshot };
}

export function writeMeasures(cache: ColumnCache, key: string, { snapshot, ...columns }: Measures): void {
  cache.write(key, { facts: snapshot, columns });
}
