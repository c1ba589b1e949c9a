/** The block `guards` of a passport: what the model's inputs, answers and outcomes were like in training. */
import { z } from 'zod';
import type { CalibrationReference } from '../domain/guards/calibration-watch.ts';
import type { DissimilarityReference } from '../domain/guards/dissimilarity.ts';
import { type DriftReference, PARTS } from '../domain/guards/drift.ts';
import { numberList } from './number-list.ts';

const numbers = numberList();
const positive = z.number().positive();
const threshold = z.number().nonnegative();

const dissimilaritySchema: z.ZodType<DissimilarityReference> = z.strictObject({
  means: numbers,
  deviations: numbers,
  sample: numberList({ min: 1 }),
  meanDistance: positive,
  trainMedian: z.number(),
  trainP99: z.number(),
  limit: positive,
});

const driftSchema: z.ZodType<DriftReference> = z.strictObject({
  windowRows: z.int().positive(),
  features: z.array(
    z.strictObject({
      cuts: numberList({ exactly: PARTS - 1 }),
      shares: numberList({ exactly: PARTS + 1 }),
      psiWarn: threshold,
      psiAct: threshold,
      ksWarn: threshold,
      ksAct: threshold,
    }),
  ),
  warnCount: z.number().nonnegative(),
  actCount: z.number().nonnegative(),
});

const calibrationSchema: z.ZodType<CalibrationReference> = z.strictObject({
  expectedLogLoss: z.number(),
  toleranceNats: threshold,
  warnAbove: threshold,
  actAbove: threshold,
});

/** A guard that was not fitted is absent, and has no say. */
export const guardsSchema = z.strictObject({
  dissimilarity: dissimilaritySchema.optional(),
  drift: driftSchema.optional(),
  calibration: calibrationSchema.optional(),
});
