/** From the file's words to the servo's: units, absolute paths, instruments, and the rules that span several blocks. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BUILT_IN_HOURS } from '../domain/hours/built-in-hours.ts';
import type { MandateFlat, RegimePolicy, RiskLimits, TradingPolicy } from '../domain/policy.ts';
import { byRegime } from '../domain/regime.ts';
import { moneyFromUnits } from '../domain/units.ts';
import type { Config, LogLevel } from './config.ts';
import { resolveSymbols } from './contracts.ts';
import type { Finding } from './fault.ts';
import { clockMinutes, entryWindowsOf } from './hours.ts';
import { resolveNews } from './news.ts';
import { effectiveDailyLoss, notesOf } from './notes.ts';
import { readSecrets } from './read-secrets.ts';
import type { ConfigFile } from './schema.ts';
import { closest } from './suggest.ts';

export type ConfigDraft = Omit<Config, 'configHash'>;

export interface Resolved {
  /** Only to be used where there are no findings. */
  readonly draft: ConfigDraft;
  readonly findings: readonly Finding[];
}

export function resolveConfig(file: ConfigFile, location: { path: string; folder: string }): Resolved {
  const absolute = (path: string) => resolve(location.folder, path);
  const { symbols, findings } = resolveSymbols(file);
  const secrets = readSecrets(file, absolute);
  const calendar = resolveNews(file, symbols, absolute);
  const draft: ConfigDraft = {
    file: location.path,
    mode: file.mode,
    modes: { file: file.mode, flag: null },
    dryRun: false,
    account: {
      login: file.account.login === null ? null : String(file.account.login),
      server: file.account.server,
      totpSecret: secrets.totpSecret,
    },
    app: { dataDir: absolute(file.app.data_dir), logDir: absolute(file.app.log_dir) },
    execution: executionOf(file),
    limits: limitsOf(file),
    riskLevel: riskLevelOf(file),
    mandate: mandateOf(file),
    stress: stressOf(file),
    sizing: sizingOf(file),
    exposure: exposureOf(file),
    pace: paceOf(file),
    trading: { ...tradingOf(file), symbols, ...(calendar.news && { news: calendar.news }) },
    feed: feedOf(file, absolute),
    paper: paperOf(file),
    models: mapValues(file.models, ({ path, timeout_ms }) => ({ path: absolute(path), timeoutMs: timeout_ms })),
    features: { folder: file.features.folder === null ? null : absolute(file.features.folder) },
    queue: { redisUrl: file.queue.redis_url === '' ? null : file.queue.redis_url, prefix: file.queue.prefix },
    api: { host: file.api.host, port: file.api.port, tokenFile: secrets.apiTokenFile, token: secrets.apiToken },
    board: file.board,
    telegram: {
      token: secrets.telegramToken,
      apiRoot: file.telegram.api_root,
      chatId: file.telegram.chat_id,
      users: file.telegram.users,
    },
    backup: {
      everyMs: toMs(file.backup.every),
      keepHourly: file.backup.keep_hourly,
      keepDaily: file.backup.keep_daily,
    },
    logging: { level: file.logging.level.toUpperCase() as LogLevel, keepFiles: file.logging.keep_files },
    notes: [...notesOf(file), ...calendar.notes],
  };
  return {
    draft,
    findings: [
      ...findings,
      ...secrets.findings,
      ...ladderFindings(file),
      ...modelFindings(file),
      ...hoursFindings(file),
      ...mandateFindings(file),
      ...calendar.findings,
      ...replayFindings(file, absolute),
    ],
  };
}

const toMs = (seconds: number): number => Math.round(seconds * 1000);

function executionOf({ execution: { order, position, monitoring }, trading }: ConfigFile): Config['execution'] {
  return {
    order: {
      type: order.type,
      retryAttempts: order.retry_attempts,
      retryDelayMs: toMs(order.retry_delay),
      maxSlippage: order.max_slippage,
      timeInForce: trading.orders.time_in_force,
      goodForMs: toMs(trading.orders.good_for),
      stopOffset: trading.orders.stop_offset,
      filling: trading.orders.filling,
      onSlippage: trading.orders.on_slippage,
    },
    position: positionOf(position, trading.stops),
    monitoring: {
      checkIntervalMs: toMs(monitoring.check_interval),
      timeoutMs: toMs(monitoring.timeout),
      maxErrors: monitoring.max_errors,
      errorCooldownMs: toMs(monitoring.error_cooldown),
    },
  };
}

/** Rules that are off are left out. */
function positionOf(
  position: ConfigFile['execution']['position'],
  stops: ConfigFile['trading']['stops'],
): Config['execution']['position'] {
  const breakEvenAfter = stops.break_even_r ?? stops.break_even_atr;
  return {
    partialClose: position.partial_close,
    minCloseSize: position.min_close_size,
    trailingStop: position.trailing_stop,
    trailingStep: position.trailing_step,
    trailing: {
      kind: stops.trailing_kind,
      atrMultiple: stops.trailing_atr,
      startR: stops.trailing_start_r,
    },
    ...(breakEvenAfter !== null && {
      breakEven: {
        after: breakEvenAfter,
        unit: stops.break_even_r === null ? 'atr' : 'r',
        points: stops.break_even_points ?? undefined,
      },
    }),
    ...(stops.time_stop_bars !== null && {
      timeStop: { bars: stops.time_stop_bars, belowR: stops.time_stop_below_r ?? undefined },
    }),
    ...(stops.profit_ladder.length > 0 && {
      profitLadder: stops.profit_ladder.map(({ at_r, close }) => ({ atR: at_r, fraction: close })),
    }),
  };
}

function limitsOf(file: ConfigFile): RiskLimits {
  const { risk_management: limits, filters } = file.trading;
  return {
    riskPerTrade: limits.position_size,
    maxPositionMargin: file.execution.risk.max_position_size,
    maxPositions: limits.max_positions,
    maxDailyTrades: file.execution.risk.max_daily_trades,
    maxLoss: { day: effectiveDailyLoss(file), week: limits.max_weekly_loss, month: limits.max_monthly_loss },
    maxDrawdown: limits.max_drawdown,
    onLimit: file.risk.on_limit,
    extreme: extremeOf(file),
    minConfidence: filters.min_confidence,
    minExpectedValueR: filters.min_expected_value_r,
  };
}

function extremeOf({ risk: { extreme } }: ConfigFile): RiskLimits['extreme'] {
  const { margin_level_min, worst_case, value_at_risk } = extreme;
  return { marginLevelMin: margin_level_min, worstCaseMax: worst_case, valueAtRiskMax: value_at_risk };
}

function riskLevelOf({ risk: { level } }: ConfigFile): TradingPolicy['riskLevel'] {
  if (!level.enabled) return null;
  return {
    minDays: level.min_days,
    calmDays: level.calm_days,
    from: { medium: level.medium_from, high: level.high_from, extreme: level.extreme_from },
    sizeFactor: { low: 1, medium: level.medium_size, high: level.high_size, extreme: level.extreme_size },
  };
}

/** Without a single rule there is no mandate. */
function mandateOf({ mandate }: ConfigFile): TradingPolicy['mandate'] {
  const { daily_loss, max_loss, trailing_drawdown, max_lots } = mandate;
  const flat = mandateFlatOf(mandate);
  if (flat === undefined && [daily_loss, max_loss, trailing_drawdown, max_lots].every((rule) => rule === null))
    return null;
  const [hours = 0, minutes = 0] = mandate.day_start.split(':').map(Number);
  return {
    dailyLoss: daily_loss,
    maxLoss: max_loss,
    trailing:
      trailing_drawdown === null
        ? null
        : { loss: trailing_drawdown, of: mandate.trailing_of, locksAtStart: mandate.trailing_locks_at_start },
    maxLots: max_lots,
    ...(flat && { flat }),
    buffer: mandate.buffer,
    timezone: mandate.timezone,
    dayStartMinutes: hours * 60 + minutes,
  };
}

function mandateFlatOf(mandate: ConfigFile['mandate']): MandateFlat | undefined {
  const { flat_before_weekend, flat_before_news, flat_after_news } = mandate;
  if (flat_before_weekend + flat_before_news + flat_after_news === 0) return undefined;
  return {
    beforeWeekendMs: toMs(60 * flat_before_weekend),
    beforeNewsMs: toMs(60 * flat_before_news),
    afterNewsMs: toMs(60 * flat_after_news),
  };
}

function mandateFindings({ mandate, trading }: ConfigFile): readonly Finding[] {
  const { flat_before_news, flat_after_news } = mandate;
  if (trading.news.file !== null || flat_before_news + flat_after_news === 0) return [];
  const key = flat_before_news > 0 ? 'flat_before_news' : 'flat_after_news';
  const message = 'needs a calendar: there is no file in trading.news.file';
  return [{ path: ['mandate', key], message, hint: 'name one, or set it to 0' }];
}

const stressOf = ({ risk }: ConfigFile): TradingPolicy['stress'] =>
  risk.stress.map(({ name, adverse, spread_factor, ...moves }) => ({
    name,
    moves,
    adverse,
    spreadFactor: spread_factor,
  }));

const sizingOf = ({ trading: { sizing } }: ConfigFile): Config['sizing'] => ({
  method: sizing.method,
  fixedLots: sizing.fixed_lots,
  volatilityTarget: sizing.volatility_target,
  kellyFraction: sizing.kelly_fraction,
  fullConfidence: sizing.full_confidence,
  shrinkFromDrawdown: sizing.shrink_from_drawdown,
});

const exposureOf = ({ trading: { exposure } }: ConfigFile): Config['exposure'] => ({
  maxLeverage: exposure.max_leverage,
  maxSymbolLeverage: exposure.max_symbol_leverage,
  maxCurrencyLeverage: exposure.max_currency_leverage,
  minMarginLevel: exposure.min_margin_level,
  correlation:
    exposure.max_correlation === null ? null : { max: exposure.max_correlation, bars: exposure.correlation_bars },
  worstCase: exposure.worst_case ? { gap: exposure.stop_gap } : null,
});

function paceOf({ trading: { cooldown, order_rate } }: ConfigFile): Config['pace'] {
  const rule = ({ losses, pause }: typeof cooldown.account) =>
    losses === null ? null : { losses, pauseMs: toMs(pause) };
  return {
    losingStreak: { account: rule(cooldown.account), symbol: rule(cooldown.symbol) },
    perMinute: order_rate.per_minute,
    perHour: order_rate.per_hour,
    repeated: order_rate.repeated,
  };
}

function tradingOf({
  trading: { symbols, stops, regimes, session, hours, filters },
}: ConfigFile): Omit<Config['trading'], 'symbols'> {
  const [first] = symbols;
  if (first === undefined) throw new Error('the schema lets no empty list of symbols pass');
  return {
    timeframe: first.timeframe,
    stops: { atrPeriod: stops.atr_period, stopAtr: stops.stop_atr, targetAtr: stops.target_atr },
    regimes: { ...byRegime((name) => regimePolicyOf(regimes[name])), unknown: regimePolicyOf(regimes.unknown) },
    session: { timezone: session.timezone, dayStartMinutes: clockMinutes(session.day_start) },
    entryWindows: entryWindowsOf(hours.no_entry),
    filters: {
      maxSpreadRatio: filters.max_spread_ratio,
      minVolumeRatio: filters.min_volume_ratio,
      atrPercentileMin: filters.min_atr_percentile,
      atrPercentileMax: filters.max_atr_percentile,
      atrLookbackBars: filters.atr_lookback_bars,
      maxGapBars: filters.max_gap_bars,
      gapLookbackBars: filters.gap_lookback_bars,
    },
  };
}

const regimePolicyOf = (regime: ConfigFile['trading']['regimes']['unknown']): RegimePolicy => ({
  allowed: regime.allowed,
  sizeFactor: regime.size_factor,
  stopFactor: regime.stop_factor,
});

function feedOf({ feed: { type, simulator, replay } }: ConfigFile, absolute: (path: string) => string): Config['feed'] {
  return {
    type,
    simulator: { seed: simulator.seed, barEveryMs: toMs(simulator.bar_every), warmupBars: simulator.warmup_bars },
    replay: {
      files: mapValues(replay.files, absolute),
      speed: replay.speed,
      warmupBars: replay.warmup_bars,
      defaultSpreadPoints: replay.default_spread_points,
    },
  };
}

function paperOf({ paper }: ConfigFile): Config['paper'] {
  return {
    balance: moneyFromUnits(paper.balance),
    currency: paper.currency,
    leverage: paper.leverage,
    spreadPoints: paper.spread_points,
    slippagePoints: paper.slippage_points,
    slippageDistribution: paper.slippage_distribution,
    commissionPerLot: moneyFromUnits(paper.commission_per_lot),
    latencyMs: paper.latency_ms,
    rejectionProbability: paper.rejection_probability,
    partialFillProbability: paper.partial_fill_probability,
    seed: paper.seed,
  };
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function ladderFindings({ execution: { position }, trading: { stops } }: ConfigFile): readonly Finding[] {
  if (position.partial_close || stops.profit_ladder.length === 0) return [];
  const message = 'closes parts of positions, which execution.position.partial_close: false forbids';
  return [
    { path: ['trading', 'stops', 'profit_ladder'], message, hint: 'set partial_close: true, or take the ladder out' },
  ];
}

function modelFindings({ trading, models }: ConfigFile): readonly Finding[] {
  const names = Object.keys(models);
  const unknown = (path: Finding['path'], name: string): readonly Finding[] => {
    if (Object.hasOwn(models, name)) return [];
    const near = closest(name, names);
    const hint = near === undefined ? `models: ${names.join(', ') || 'none'}` : `did you mean ${near}?`;
    return [{ path, message: `no model is called "${name}"`, hint }];
  };
  return trading.symbols.flatMap(({ model, shadows }, index) => {
    const path = ['trading', 'symbols', index];
    return [
      ...unknown([...path, 'model'], model),
      ...shadows.flatMap((name, place) => unknown([...path, 'shadows', place], name)),
      ...(shadows.includes(model)
        ? [{ path: [...path, 'shadows'], message: `${model} serves the symbol and cannot shadow itself` }]
        : []),
    ];
  });
}

function hoursFindings({ trading }: ConfigFile): readonly Finding[] {
  const known = [...Object.keys(BUILT_IN_HOURS), ...trading.symbols.map(({ name }) => name)];
  return Object.keys(trading.hours.markets).flatMap((name): Finding[] => {
    if (known.includes(name)) return [];
    const near = closest(name, known);
    const hint = near === undefined ? `known here: ${known.join(', ')}` : `did you mean ${near}?`;
    const message = `"${name}" is neither an asset class nor a traded symbol`;
    return [{ path: ['trading', 'hours', 'markets', name], message, hint, at: 'key' }];
  });
}

function replayFindings({ feed, trading }: ConfigFile, absolute: (path: string) => string): readonly Finding[] {
  if (feed.type !== 'replay') return [];
  const path = ['feed', 'replay', 'files'];
  const traded = trading.symbols.map(({ name }) => name);
  const missing = traded.filter((name) => !Object.hasOwn(feed.replay.files, name));
  return [
    ...missing.map((name) => ({ path, message: `no file for ${name}, which is traded` })),
    ...Object.entries(feed.replay.files).flatMap(([name, file]): Finding[] => {
      const own = [...path, name];
      if (!traded.includes(name)) return [{ path: own, message: `${name} is not in trading.symbols`, at: 'key' }];
      return isFile(absolute(file)) ? [] : [{ path: own, message: `${absolute(file)} is not a file` }];
    }),
  ];
}

export const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
