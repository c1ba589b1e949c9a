/** What a life is lived by: a venue that answers at once or at the next bar, and an account that may trade all day. */
import type { Config } from '../../../src/config/config.ts';
import { ANY_PACE } from '../../domain/builders.ts';
import { testConfig } from '../../support/world.ts';

export const lifeConfig = (latencyMs: number, dailyLoss = 0.9): Config =>
  testConfig((shipped) => ({
    ...shipped,
    limits: {
      ...shipped.limits,
      maxDailyTrades: 10_000,
      maxLoss: { day: dailyLoss, week: 0.9, month: 0.9 },
      maxDrawdown: 0.9,
    },
    pace: ANY_PACE,
    paper: { ...shipped.paper, latencyMs, partialFillProbability: 0.2, rejectionProbability: 0.3 },
  }));
