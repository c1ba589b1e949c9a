/** The servo in Prometheus' words: figures of the present state, no ids among the labels. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { RISK_LEVELS } from '../domain/policy.ts';
import { SERVO_STATUSES } from '../domain/servo.ts';
import type { PerformanceView, ServoControl } from '../servo/control.ts';
import type { RiskView } from '../servo/risk-view.ts';
import type { PositionView, StatusView } from '../servo/views.ts';
import type { ApiOptions } from './options.ts';
import { queueMetrics } from './queue-metrics.ts';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

interface Picture {
  readonly status: StatusView;
  readonly positions: readonly PositionView[];
  readonly risk: RiskView;
  /** Undefined while the trades cannot be read. */
  readonly performance: PerformanceView | undefined;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly counts?: true;
  /** None: the figure does not exist now, which is not the same as 0. */
  readonly samples: (picture: Picture) => readonly Sample[];
}

const flag = (value: boolean): number => (value ? 1 : 0);
const one = (value: number | null, labels: Labels = {}): Sample[] => (value === null ? [] : [{ labels, value }]);

const FAMILIES: readonly Family[] = [
  {
    name: 'servo_info',
    help: 'What runs, always 1.',
    samples: ({ status: { version, mode, dryRun, simulated } }) =>
      one(1, { version, mode, dry_run: String(dryRun), simulated: String(simulated) }),
  },
  {
    name: 'servo_state',
    help: '1 for the status that holds, 0 for the others.',
    samples: ({ status }) =>
      SERVO_STATUSES.map((state) => ({ labels: { state }, value: flag(state === status.status) })),
  },
  {
    name: 'servo_heartbeat_timestamp_seconds',
    help: 'Unix time at which the safety monitor last ran.',
    samples: ({ status }) => one((Date.parse(status.startedAt) + status.uptimeMs - status.heartbeatAgoMs) / 1000),
  },
  {
    name: 'servo_uptime_seconds',
    help: 'Since the process started.',
    samples: ({ status }) => one(status.uptimeMs / 1000),
  },
  {
    name: 'servo_entries_allowed',
    help: '1 when new entries are.',
    samples: ({ status }) => one(flag(status.entriesAllowed)),
  },
  {
    name: 'servo_watchdog_active',
    help: '1 while the process monitors in place of the queue.',
    samples: ({ status }) => one(flag(status.watchdogActive)),
  },
  {
    name: 'servo_equity_money',
    help: "Equity in the account's currency.",
    samples: ({ status: { account } }) => one(account.equity, { currency: account.currency }),
  },
  {
    name: 'servo_balance_money',
    help: "Balance in the account's currency.",
    samples: ({ status: { account } }) => one(account.balance, { currency: account.currency }),
  },
  {
    name: 'servo_margin_level_ratio',
    help: 'Equity over margin used; absent without positions.',
    samples: ({ status }) => one(status.account.marginLevel),
  },
  {
    name: 'servo_pnl_money',
    help: 'Change of equity since the window began.',
    samples: ({ status }) =>
      Object.entries(status.account.pnl).map(([window, value]) => ({ labels: { window }, value })),
  },
  {
    name: 'servo_drawdown_ratio',
    help: 'Fraction of the equity peak lost.',
    samples: ({ risk: { account } }) => [
      ...one(account.drawdown, { kind: 'current' }),
      ...one(account.maxDrawdown, { kind: 'max' }),
    ],
  },
  {
    name: 'servo_risk_limit_used_ratio',
    help: 'How much of a limit is used; 1 = reached.',
    samples: ({ status }) =>
      status.limits.map(({ name, usedRatio }) => ({ labels: { window: name }, value: usedRatio })),
  },
  {
    name: 'servo_risk_limit_left_money',
    help: 'Equity that may still be lost before a limit is reached.',
    samples: ({ risk: { limits } }) => limits.flatMap(({ name, moneyLeft }) => one(moneyLeft, { window: name })),
  },
  {
    name: 'servo_risk_level',
    help: '1 for the risk level that holds, 0 for the others; absent where it is switched off.',
    samples: ({ risk: { level } }) =>
      level === null ? [] : RISK_LEVELS.map((name) => ({ labels: { level: name }, value: flag(name === level.level) })),
  },
  {
    name: 'servo_worst_case_money',
    help: 'Lost from the entries if every stop is hit, slippage included.',
    samples: ({ risk: { book } }) => one(book.worstCase),
  },
  {
    name: 'servo_value_at_risk_money',
    help: 'One-day loss of the open book at a confidence level; absent under its least number of days.',
    samples: ({ risk: { book } }) =>
      book.tails.map(({ level, method, valueAtRisk }) => ({
        labels: { level: String(level), method },
        value: valueAtRisk,
      })),
  },
  {
    name: 'servo_expected_shortfall_money',
    help: 'Mean one-day loss of the open book beyond the value at risk.',
    samples: ({ risk: { book } }) =>
      book.tails.map(({ level, method, conditional }) => ({
        labels: { level: String(level), method },
        value: conditional,
      })),
  },
  {
    name: 'servo_volatility_ratio',
    help: 'Yearly volatility of daily equity, of all days kept and of late; absent under its least number of days.',
    samples: ({ risk: { account } }) => [
      ...one(account.volatility, { kind: 'all' }),
      ...one(account.volatilityNow, { kind: 'late' }),
    ],
  },
  {
    name: 'servo_currency_exposure_money',
    help: "Signed net of each currency, both legs counted, in the account's currency; positive is long.",
    samples: ({ risk: { currencies } }) =>
      currencies.map(({ currency, net }) => ({ labels: { currency }, value: net })),
  },
  {
    name: 'servo_exposure_money',
    help: 'Signed notional of what is open; positive is long.',
    samples: ({ risk: { exposure } }) =>
      exposure.map(({ symbol, notional }) => ({ labels: { symbol }, value: notional })),
  },
  { name: 'servo_open_positions', help: 'Open positions.', samples: openPositions },
  { name: 'servo_orders_working', help: 'Orders not yet ended.', samples: ({ status }) => one(status.ordersWorking) },
  {
    name: 'servo_trades_closed_total',
    help: 'Closed trades of this account.',
    counts: true,
    samples: ({ status }) => one(status.tradesClosed),
  },
  {
    name: 'servo_win_rate_ratio',
    help: 'Closed trades that won, of all; absent before the first.',
    samples: ({ performance }) => one(performance?.winRate ?? null),
  },
  {
    name: 'servo_profit_factor_ratio',
    help: 'Gross profit over gross loss of closed trades; absent before the first loss.',
    samples: ({ performance }) => one(performance?.profitFactor ?? null),
  },
  {
    name: 'servo_losing_streak_trades',
    help: 'Losses since the last closed trade that was none.',
    samples: ({ performance }) => one(performance?.losingStreak ?? null),
  },
  {
    name: 'servo_component_errors_in_a_row',
    help: 'Since the last success; the cooldown begins at max_errors.',
    samples: ({ status }) =>
      status.components.map(({ component, errorsInARow }) => ({ labels: { component }, value: errorsInARow })),
  },
  {
    name: 'servo_regime',
    help: '1 for the regime of each symbol.',
    samples: ({ status }) => status.markets.map(({ symbol, regime }) => ({ labels: { symbol, regime }, value: 1 })),
  },
];

/** A series for each symbol and side, so that a closed position becomes 0 and does not vanish. */
function openPositions({ status, positions }: Picture): Sample[] {
  const held = (symbol: string, side: string): number =>
    positions.filter((position) => position.symbol === symbol && position.side === side).length;
  return status.markets.flatMap(({ symbol }) =>
    ['buy', 'sell'].map((side) => ({ labels: { symbol, side }, value: held(symbol, side) })),
  );
}

export function metricsRoute(app: FastifyInstance, options: Pick<ApiOptions, 'control' | 'queueMetrics'>): void {
  const runtime = new Registry();
  collectDefaultMetrics({ register: runtime });
  const performance = performanceOf(options.control);
  app.get('/metrics', {
    schema: { hide: true },
    handler: async (request, reply) => {
      const { control } = options;
      const status = control.status();
      const parts = [
        await servoMetrics({
          status,
          positions: control.positions(),
          risk: control.risk(),
          performance: await performance(status.tradesClosed, request),
        }),
        await queueMetrics(options, request),
        await runtime.metrics(),
      ];
      return reply.type(runtime.contentType).send(`${parts.map((part) => part.trim()).join('\n')}\n`);
    },
  });
}

/** Made anew for each scrape: a series that no longer exists leaves nothing behind. */
function servoMetrics(picture: Picture): Promise<string> {
  const registry = new Registry();
  for (const { name, help, counts, samples } of FAMILIES) {
    const found = samples(picture);
    const [first] = found;
    if (first === undefined) continue;
    const settings = { name, help, labelNames: Object.keys(first.labels ?? {}), registers: [registry] };
    const metric = counts === true ? new Counter(settings) : new Gauge(settings);
    for (const { labels = {}, value } of found) metric.inc(labels, value);
  }
  return registry.metrics();
}

/** Read anew only when a trade has closed: a scrape must not go through the whole book. What cannot be read is left out. */
function performanceOf({ reads }: ServoControl) {
  let known: { readonly tradesClosed: number; readonly figures: PerformanceView } | undefined;
  return async (tradesClosed: number, request: FastifyRequest): Promise<PerformanceView | undefined> => {
    if (known?.tradesClosed === tradesClosed) return known.figures;
    try {
      const figures = await reads.performance();
      known = { tradesClosed, figures };
      return figures;
    } catch (error) {
      request.log.warn({ err: error }, 'the trades give no metrics');
      return undefined;
    }
  };
}
