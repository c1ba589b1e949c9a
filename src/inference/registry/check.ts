/** Every check of loading on one folder, and how long one answer takes on this machine. */
import { performance } from 'node:perf_hooks';
import { loadModel } from '../load-model.ts';
import type { ExpectedFeatures } from '../passport.ts';
import type { LoadedModel } from '../read-model.ts';
import { openSession, runSession } from '../session.ts';

export interface ModelCheck {
  readonly model: LoadedModel;
  readonly goldenRows: number;
  /** Median of one row at a time, in this thread. */
  readonly rowMicroseconds: number;
}

const WARM_UP_RUNS = 20;
const TIMED_RUNS = 200;

/** Throws a `ModelError` when the model is refused. */
export async function checkModel(folder: string, featureNames: ExpectedFeatures): Promise<ModelCheck> {
  const model = await loadModel(folder, featureNames);
  const { goldenRows } = model.passport;
  return { model, goldenRows: goldenRows.length, rowMicroseconds: await medianRowMicroseconds(model) };
}

async function medianRowMicroseconds({ onnx, passport }: LoadedModel): Promise<number> {
  const session = await openSession(onnx);
  const ends = { inputName: passport.input.name, outputName: passport.output.name };
  const rows = passport.goldenRows.map(({ values }) => Float32Array.from(values));
  const took: number[] = [];
  try {
    for (let run = 0; run < WARM_UP_RUNS + TIMED_RUNS; run++) {
      const values = rows[run % rows.length] as Float32Array;
      const startedMs = performance.now();
      await runSession(session, ends, { values, rows: 1 });
      if (run >= WARM_UP_RUNS) took.push(1000 * (performance.now() - startedMs));
    }
  } finally {
    await session.release();
  }
  return took.sort((a, b) => a - b)[TIMED_RUNS / 2] ?? Number.NaN;
}
