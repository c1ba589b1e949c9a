/** What the API says of itself: the OpenAPI document and the metrics. */
import { expect, test } from 'vitest';
import { COMMAND_NAMES, SET_LIMIT } from '../../src/domain/commands.ts';
import { apiAround, asked, ServoDouble } from './support.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security?: readonly Record<string, unknown>[];
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema: { $ref?: string } }>> }>
  >;
}

test('the OpenAPI document covers every route, and every route its failures', async () => {
  const app = await apiAround(new ServoDouble());
  const document = (await app.inject(asked('/openapi.json'))).json();
  const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  );

  expect(document.openapi).toBe('3.1.0');
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.keys(document.paths).filter((path) => path.startsWith('/api/v1/control/'))).toEqual(
    [...COMMAND_NAMES, SET_LIMIT.name].map((name) => `/api/v1/control/${name}`),
  );
  const views = ['status', 'account', 'positions', 'trades', 'decisions', 'performance', 'risk', 'limits', 'events'];
  expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(views.map((name) => `/api/v1/${name}`)));

  const versioned = operations.filter(({ path }) => path.startsWith('/api/v1/'));
  expect(versioned.length).toBe(views.length + 2 + COMMAND_NAMES.length);
  for (const { path, operation } of versioned) {
    const { 401: denied, 429: limited, default: other, ...answers } = operation.responses;
    for (const failure of [denied, limited, other]) {
      expect(failure?.content?.['application/problem+json']?.schema.$ref).toBe('#/components/schemas/Problem');
    }
    expect(Object.keys(answers)).toEqual([path.endsWith('/flatten') ? '202' : '200']);
    expect(operation.summary).not.toBe('');
    expect(operation.security ?? document.security).toEqual([{ bearer: [] }]);
  }
});

test('every reference in the document leads somewhere', async () => {
  const app = await apiAround(new ServoDouble());
  const { body } = await app.inject(asked('/openapi.json'));
  const names = [...body.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(0);
  expect(Object.keys(JSON.parse(body).components.schemas)).toEqual(expect.arrayContaining(names));
});

test('Swagger UI shows that document', async () => {
  const app = await apiAround(new ServoDouble());
  const page = await app.inject(asked('/docs'));
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-security-policy']).toContain("script-src 'self';");
  expect((await app.inject(asked('/docs/json'))).json()).toEqual((await app.inject(asked('/openapi.json'))).json());
  expect((await app.inject(asked('/'))).headers.location).toBe('/docs');
});

test('metrics say how the servo stands', async () => {
  const app = await apiAround(new ServoDouble(), { queueMetrics: async () => 'bullmq_job_count{queue="ingest"} 1' });
  const response = await app.inject(asked('/metrics'));
  expect(response.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = response.body.split('\n');
  for (const line of [
    'servo_info{version="0.1.0",mode="paper",dry_run="false",simulated="true"} 1',
    'servo_state{state="running"} 1',
    'servo_state{state="halted"} 0',
    'servo_heartbeat_timestamp_seconds 1767607289.6',
    'servo_equity_money{currency="USD"} 10012.4',
    'servo_balance_money{currency="USD"} 10000',
    'servo_margin_level_ratio 46.21',
    'servo_pnl_money{window="week"} -31.5',
    'servo_drawdown_ratio{kind="current"} 0.00374',
    'servo_drawdown_ratio{kind="max"} 0.0123',
    'servo_risk_limit_left_money{window="week"} 468.5',
    'servo_risk_level{level="medium"} 1',
    'servo_worst_case_money 36.4',
    'servo_value_at_risk_money{level="0.99",method="ewma"} 61.2',
    'servo_expected_shortfall_money{level="0.99",method="ewma"} 70.1',
    'servo_volatility_ratio{kind="late"} 0.081',
    'servo_exposure_money{symbol="EURUSD"} 21678.8',
    'servo_risk_limit_used_ratio{window="daily_trades"} 0.15',
    'servo_open_positions{symbol="EURUSD",side="buy"} 1',
    'servo_open_positions{symbol="XAUUSD",side="sell"} 0',
    'servo_trades_closed_total 2',
    'servo_losing_streak_trades 1',
    'servo_currency_exposure_money{currency="USD"} -21678.8',
    'servo_component_errors_in_a_row{component="broker"} 2',
    'servo_regime{symbol="EURUSD",regime="trend_up"} 1',
    'bullmq_job_count{queue="ingest"} 1',
  ]) {
    expect(lines).toContain(line);
  }
  expect(response.body).toMatch(/^nodejs_eventloop_lag_seconds /m);
  expect(response.body).not.toMatch(/P-7|EURUSD-\d/);
});

test('figures of trades are there when they are known, absent while they are not, and read once a trade', async () => {
  const control = new ServoDouble();
  const app = await apiAround(control);
  const scrape = async () => (await app.inject(asked('/metrics'))).body;
  const first = await scrape();
  expect(first).not.toMatch(/servo_win_rate_ratio|servo_profit_factor_ratio/);
  let reads = 0;
  const figures = await control.reads.performance();
  control.reads.performance = async () => {
    reads += 1;
    return { ...figures, winRate: 0.55, profitFactor: 1.4, losingStreak: 3 };
  };
  expect(await scrape()).toContain('servo_losing_streak_trades 1');
  expect(reads).toBe(0);
  control.tradesClosed += 1;
  for (let i = 0; i < 2; i++) {
    const lines = (await scrape()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'servo_win_rate_ratio 0.55',
        'servo_profit_factor_ratio 1.4',
        'servo_losing_streak_trades 3',
      ]),
    );
  }
  expect(reads).toBe(1);
  control.tradesClosed += 1;
  control.reads.performance = () => Promise.reject(new Error('the reader is gone'));
  const without = await scrape();
  expect(without).not.toContain('servo_losing_streak_trades');
  expect(without).toContain('servo_trades_closed_total 4');
});

test('the queues share the head of each of their metrics', async () => {
  const text = (queue: string) =>
    `# HELP bullmq_job_count Jobs\n# TYPE bullmq_job_count gauge\nbullmq_job_count{queue="${queue}"} 1\n`;
  const both = `${text('ingest')}# HELP bullmq_job_failed_total Failed\nbullmq_job_failed_total{queue="ingest"} 0\n${text('predict')}`;
  const app = await apiAround(new ServoDouble(), { queueMetrics: async () => both });
  const lines = (await app.inject(asked('/metrics'))).body.split('\n').filter((line) => line.includes('bullmq'));
  expect(lines).toEqual([
    '# HELP bullmq_job_count Jobs',
    '# TYPE bullmq_job_count gauge',
    'bullmq_job_count{queue="ingest"} 1',
    'bullmq_job_count{queue="predict"} 1',
    '# HELP bullmq_job_failed_total Failed',
    'bullmq_job_failed_total{queue="ingest"} 0',
  ]);
});

test('metrics tell a missing figure from 0 and survive a dead queue server', async () => {
  const control = new ServoDouble();
  control.marginLevel = null;
  const app = await apiAround(control, { queueMetrics: () => Promise.reject(new Error('connection lost')) });
  const { statusCode, body } = await app.inject(asked('/metrics'));
  expect(statusCode).toBe(200);
  expect(body).not.toContain('servo_margin_level_ratio');
  expect(body).toContain('servo_state{state="running"} 1');
});
