/** The risk block of config.yaml: what happens at a limit, what is extreme, and what the open book is stressed with. */
import { z } from 'zod';
import { checkRiskLevels } from './schema-checks.ts';
import { choice, count, flag } from './schema-kinds.ts';

/** Off at null. */
const optionalFraction = (description: string, standard: number | null) =>
  z.number().gt(0).lt(1).nullable().meta({ description, unit: 'fraction of equity' }).default(standard);

const extreme = z
  .strictObject({
    margin_level_min: z
      .number()
      .min(0.5)
      .max(100)
      .meta({ description: 'Equity ÷ margin, 1.5 is 150 %: at or under it the servo halts and closes all. null: off.' })
      .nullable()
      .default(1.5),
    worst_case: optionalFraction('Fraction of equity lost if all stops are hit, slippage included. null: off.', 0.1),
    value_at_risk: optionalFraction(
      'Fraction of equity one day may cost with a chance of 1 %, from 20 trading days on. null: off.',
      0.2,
    ),
  })
  .describe('Extreme risk of the open book: at any of these the servo halts and closes all.')
  .prefault({});

const move = (assets: string) =>
  z
    .number()
    .gt(-1)
    .lt(10)
    .meta({ description: `Fraction by which prices of ${assets} move: −0.03 is −3 %.` })
    .default(0);

const scenario = z
  .strictObject({
    name: z.string().min(1).max(60).meta({ description: 'As it is shown.', expects: 'a name of 1 to 60 characters' }),
    fx: move('currencies'),
    metal: move('metals'),
    index: move('indices'),
    crypto: move('coins'),
    adverse: z
      .number()
      .min(0)
      .lt(1)
      .meta({ description: 'Fraction by which every price moves against its position, through its stop.' })
      .default(0),
    spread_factor: z.number().min(1).max(1000).meta({ description: 'Times the present spread.' }).default(1),
  })
  .describe('One bad hour. Stops do not help in it: a gap goes through them.');

const factor = (standard: number, description: string) =>
  z.number().gt(0).max(1).meta({ description }).default(standard);
const score = (standard: number, level: string) =>
  z
    .number()
    .gt(0)
    .max(2)
    .meta({ description: `Share of a limit from which the level is ${level}; 1 = the limit.` })
    .default(standard);

const level = z
  .strictObject({
    enabled: flag('Whether sizes follow the risk level.').default(true),
    min_days: count(1, 250, 'Trading days before anything is assessed.').default(5),
    calm_days: count(1, 100, 'Calm trading days in a row before the level falls by one.').default(3),
    medium_from: score(0.4, 'medium'),
    high_from: score(0.6, 'high'),
    extreme_from: score(0.8, 'extreme'),
    medium_size: factor(0.8, 'By which sizes are multiplied at medium.'),
    high_size: factor(0.5, 'By which sizes are multiplied at high.'),
    extreme_size: factor(0.2, 'By which sizes are multiplied at extreme, until a person resets it.'),
  })
  .superRefine(checkRiskLevels)
  .describe(
    'The risk level, assessed at each trading day: how near drawdown, losses, volatility and value at risk are to their limits.',
  )
  .prefault({});

export const riskSchema = z
  .strictObject({
    on_limit: choice(['flatten', 'close_only'], 'At 100 % of a loss limit: close all, or only stop opening.').default(
      'flatten',
    ),
    extreme,
    level,
    stress: z
      .array(scenario)
      .max(20)
      .meta({
        description: 'What the open book is stressed with, shown by servo risk.',
        expects: 'a list of scenarios',
      })
      .default([
        { name: '1 % against every position', fx: 0, metal: 0, index: 0, crypto: 0, adverse: 0.01, spread_factor: 1 },
        { name: '3 % against every position', fx: 0, metal: 0, index: 0, crypto: 0, adverse: 0.03, spread_factor: 1 },
        { name: 'spreads times 10', fx: 0, metal: 0, index: 0, crypto: 0, adverse: 0, spread_factor: 10 },
      ]),
  })
  .describe('What happens at a limit, and what is extreme.');
