/** Own costs in place of the configured ones: cheaper ones too, and none where there are too few fills. */
import { expect, test } from 'vitest';
import { type SymbolCosts, withOwnCosts } from '../../src/cli/costs.ts';
import { fitCosts } from '../../src/domain/cost-model.ts';
import { money, moneyFromUnits } from '../../src/domain/units.ts';
import { testConfig } from '../support/world.ts';

const config = testConfig();

/** Each symbol's entries of one lot, filled at the same slippage and commission of a side. */
function costs(fills: number, slippage: number, side: number): readonly SymbolCosts[] {
  return config.trading.symbols.map(({ instrument }) => {
    const quantity = instrument.lotStep.den / instrument.lotStep.num;
    const commission = money(-moneyFromUnits(side));
    const model = fitCosts(
      instrument,
      Array.from({ length: fills }, () => ({ slippage, quantity, commission })),
    );
    return { instrument, fills, model };
  });
}

test('a commission lower than the configured 7 USD is taken as it was paid', () => {
  const own = withOwnCosts(config, costs(30, 5, 1.5));
  expect(own.paper).toMatchObject({ commissionPerLot: moneyFromUnits(3), slippageDistribution: 'fixed' });
  expect(own.trading.symbols.map(({ slippage }) => slippage)).toEqual(config.trading.symbols.map(() => 5));
});

test('too few fills of any symbol are refused, with how many there are', () => {
  expect(() => withOwnCosts(config, costs(29, 5, 1.5))).toThrow(/needs 30 filled entries of each symbol: EURUSD 29/);
});
