/** Models in operation: who speaks for a symbol is on the journal, an expired model opens nothing, a refused one is told of. */
import { expect, test } from 'vitest';
import type { ModelCard } from '../../src/domain/model-card.ts';
import type { Predictor, Turnover } from '../../src/domain/ports.ts';
import { unixMs } from '../../src/domain/units.ts';
import { Rig, type RigOptions } from './support/rig.ts';

/** The rig's hand model, with a card that the test puts in its place. */
class Models {
  serving: ReadonlyMap<string, ModelCard> = new Map();
  refused: Turnover['refused'] = [];

  serve(card: Omit<ModelCard, 'reachAtr'>): void {
    this.serving = new Map([['EURUSD', { ...card, reachAtr: 3 }]]);
  }

  readonly options: RigOptions = {
    ports: (ports) => ({ ...ports, predictor: this.#between(ports.predictor) }),
  };

  #between(predictor: Predictor): Predictor {
    return {
      predict: (inputs) => predictor.predict(inputs),
      close: () => predictor.close(),
      turnOver: () => {
        const { refused, serving } = this;
        this.refused = [];
        return { serving, refused };
      },
    };
  }
}

const alertsOf = (rig: Rig) =>
  rig.store.outbox
    .pending(1_000)
    .filter(({ kind }) => kind === 'model')
    .map(({ severity, text }) => `${severity}: ${text}`);

test('the first model is on the journal before the first bar, a change between two bars, and neither again after a restart', async () => {
  const models = new Models();
  models.serve({ id: 'a@1' });
  const rig = await Rig.start(models.options);
  expect(rig.of('model_changed')).toMatchObject([{ symbols: ['EURUSD'], to: { id: 'a@1' } }]);
  expect(rig.events.findIndex(({ kind }) => kind === 'model_changed')).toBeLessThan(
    rig.events.findIndex(({ kind }) => kind === 'bar_closed'),
  );
  await rig.bars(0, 0);
  models.serve({ id: 'a@2' });
  await rig.bars(0);
  expect(rig.of('model_changed')[1]).toMatchObject({ symbols: ['EURUSD'], from: 'a@1', to: { id: 'a@2' } });
  const last = rig.events
    .slice(rig.events.findLastIndex(({ kind }) => kind === 'model_changed'))
    .map(({ kind }) => kind);
  expect(last).toContain('bar_closed');
  expect([...rig.state.cards.keys()]).toEqual(['a@2']);
  expect(alertsOf(rig)).toEqual(['info: EURUSD: a@2 serves, instead of a@1.']);

  const next = await rig.restarted();
  await next.bars(0);
  expect(next.of('model_changed')).toEqual([]);
  expect(next.state.markets.get('EURUSD')?.model).toBe('a@2');
});

test('a passport that has changed under the same model is a change too', async () => {
  const models = new Models();
  models.serve({ id: 'a@1' });
  const rig = await Rig.start(models.options);
  models.serve({ id: 'a@1', expiresAt: unixMs(2_000_000_000_000) });
  await rig.bars(0);
  expect(rig.of('model_changed')).toHaveLength(2);
  expect(rig.state.cards.get('a@1')?.expiresAt).toBe(2_000_000_000_000);
});

test('a refused model is journalled and told once, and the old one serves on', async () => {
  const models = new Models();
  models.serve({ id: 'a@1' });
  const rig = await Rig.start(models.options);
  models.refused = [{ name: 'demo', symbols: ['EURUSD'], reason: 'the golden rows differ.' }];
  await rig.bars(0, 0);
  expect(rig.of('model_refused')).toHaveLength(1);
  expect(rig.of('model_changed')).toHaveLength(1);
  expect(alertsOf(rig)).toEqual([
    'error: EURUSD: the new demo is refused, the old one serves on. the golden rows differ.',
  ]);
});

test('an expired model opens nothing, what is open is still looked after, and a new one opens again', async () => {
  const models = new Models();
  const rig = Rig.asleep(models.options);
  const firstClose = (rig.market.history().at(-1)?.closeAt ?? 0) + 300_000;
  models.serve({ id: 'a@1', expiresAt: unixMs(firstClose + 2 * 300_000) });
  await rig.servo.start();
  rig.model.wants = 'buy';
  await rig.bars(0);
  expect(rig.state.positions.size).toBe(1);
  rig.say('flatten');
  await rig.bars(0);
  expect(rig.state.positions.size).toBe(0);
  rig.say('resume');
  await rig.bars(0, 0);
  const denied = rig
    .of('decision_made')
    .slice(-2)
    .map(({ decision }) => decision);
  expect(denied.map((decision) => decision.outcome === 'denied' && decision.reason)).toEqual([
    'model_expired',
    'model_expired',
  ]);
  expect(denied[0]?.verdicts.find(({ check }) => check === 'model_expired')).toMatchObject({
    value: firstClose + 2 * 300_000,
    limit: firstClose + 2 * 300_000,
  });
  models.serve({ id: 'a@2' });
  await rig.bars(0);
  expect(rig.state.positions.size).toBe(1);
});

test('the operator is warned every trading day from a week before', async () => {
  const models = new Models();
  const rig = Rig.asleep(models.options);
  const first = (rig.market.history().at(-1)?.closeAt ?? 0) + 300_000;
  models.serve({ id: 'a@1', expiresAt: unixMs(first + 8.5 * 86_400_000) });
  await rig.servo.start();
  await rig.bars(...Array.from({ length: 2 * 288 + 5 }, () => 0));
  const warnings = alertsOf(rig);
  expect(warnings.length).toBe(1);
  expect(warnings[0]).toMatch(/^warning: Model a@1 expires at 2026-.* no entries in EURUSD\. Promote another/);
}, 60_000);
