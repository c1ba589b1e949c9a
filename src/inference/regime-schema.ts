/** The fitted regimes as a passport holds them: refused where they are no probabilities, no spreads, or not those that were fitted. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { NAMED_REGIMES } from '../domain/regime.ts';
import type { RegimeModel, RegimeShape } from '../domain/regime-model.ts';

const positive = z.number().positive();
const shape = z
  .strictObject({ mean: z.tuple([z.number(), z.number()]), covariance: z.tuple([positive, z.number(), positive]) })
  .refine(({ covariance: [vv, vt, tt] }) => vv * tt > vt * vt, { error: 'expected a positive definite covariance' });

const SUM_TOLERANCE = 1e-9;

/** Above 0, so that the filter can always come back to a regime. */
const chances = z
  .array(z.number().positive().max(1))
  .length(NAMED_REGIMES.length)
  .refine((row) => Math.abs(row.reduce((sum, chance) => sum + chance, 0) - 1) <= SUM_TOLERANCE, {
    error: 'expected chances that sum to 1',
  });

export const regimeModelSchema = z
  .strictObject({
    version: z.literal(1),
    hash: z.string(),
    shapes: z.strictObject({ trend_up: shape, trend_down: shape, quiet: shape, range: shape, volatile: shape }),
    transition: z.array(chances).length(NAMED_REGIMES.length),
    prior: chances,
    temper: z.number().positive().max(1),
    dwellBars: z.int().min(1).max(1000),
    margin: z.number().min(0).max(1),
  })
  .refine((model) => model.hash === regimeHash(model), { path: ['hash'], error: 'is not the hash of these regimes' });

/** What a fit gives, before it is named by its hash. */
export type FittedRegimes = Omit<RegimeModel, 'hash'>;

export const signedRegimes = (fitted: FittedRegimes): RegimeModel => ({ ...fitted, hash: regimeHash(fitted) });

/** SHA-256 of every number in a fixed order; a number that went through JSON is the same number. */
function regimeHash({ version, shapes, transition, prior, temper, dwellBars, margin }: FittedRegimes): string {
  const numbers = ({ mean, covariance }: RegimeShape) => [mean, covariance];
  const content = [
    version,
    NAMED_REGIMES.map((name) => numbers(shapes[name])),
    transition,
    prior,
    temper,
    dwellBars,
    margin,
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
