/** The configuration as the servo knows it: frozen, checked, in the domain's units, paths absolute, durations in milliseconds. */

import type { Timeframe } from '../domain/market.ts';
import type { NewsPolicy } from '../domain/news.ts';
import type { RiskLimits, SymbolPolicy, TradingPolicy } from '../domain/policy.ts';
import type { Money } from '../domain/units.ts';

export type Mode = 'paper' | 'live' | 'backtest';
export type LogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';
export type TelegramRole = 'viewer' | 'operator' | 'admin';

export interface SymbolConfig extends SymbolPolicy {
  readonly timeframe: Timeframe;
  /** A key of `models`. */
  readonly model: string;
  /** Keys of `models`: their would-be trades are kept, nothing is traded on them. */
  readonly shadows: readonly string[];
}

export interface NewsConfig extends NewsPolicy {
  /** Absolute. */
  readonly file: string;
  /** Of its bytes. */
  readonly sha256: string;
}

export interface MonitoringConfig {
  readonly checkIntervalMs: number;
  readonly timeoutMs: number;
  readonly maxErrors: number;
  readonly errorCooldownMs: number;
}

export interface FeedConfig {
  readonly type: 'simulator' | 'replay';
  readonly simulator: { readonly seed: number; readonly barEveryMs: number; readonly warmupBars: number };
  readonly replay: {
    /** Absolute paths by symbol. */
    readonly files: Readonly<Record<string, string>>;
    /** Times faster than the market. */
    readonly speed: number | 'max';
    readonly warmupBars: number;
    readonly defaultSpreadPoints: number;
  };
}

export interface PaperConfig {
  readonly balance: Money;
  readonly currency: string;
  readonly leverage: number;
  /** `null`: the feed's. */
  readonly spreadPoints: number | null;
  readonly slippagePoints: number;
  readonly slippageDistribution: 'fixed' | 'exponential';
  /** Round trip. */
  readonly commissionPerLot: Money;
  readonly latencyMs: number;
  readonly rejectionProbability: number;
  readonly partialFillProbability: number;
  readonly seed: number;
}

export interface TelegramConfig {
  /** `null`: Telegram is off. */
  readonly token: string | null;
  readonly apiRoot: string;
  /** `null`: alerts go to each user's own chat. */
  readonly chatId: number | null;
  readonly users: readonly { readonly id: number; readonly role: TelegramRole }[];
}

export interface Config {
  /** The file all this was read from. */
  readonly file: string;
  readonly mode: Mode;
  /** Who said so; `flag` null: --mode was not given. */
  readonly modes: { readonly file: Mode; readonly flag: Mode | null };
  /** Decides and records, sends nothing. Set by --dry-run alone. */
  readonly dryRun: boolean;
  /** Of live mode. `totpSecret` null: nobody can arm. */
  readonly account: {
    readonly login: string | null;
    readonly server: string | null;
    readonly totpSecret: string | null;
  };
  readonly app: { readonly dataDir: string; readonly logDir: string };
  readonly execution: {
    readonly order: TradingPolicy['order'] & { readonly retryDelayMs: number };
    readonly position: TradingPolicy['position'];
    readonly monitoring: MonitoringConfig;
  };
  readonly limits: RiskLimits;
  readonly riskLevel: TradingPolicy['riskLevel'];
  readonly mandate: TradingPolicy['mandate'];
  readonly stress: TradingPolicy['stress'];
  readonly sizing: TradingPolicy['sizing'];
  readonly exposure: TradingPolicy['exposure'];
  readonly pace: TradingPolicy['pace'];
  readonly trading: {
    /** Shared by all symbols. */
    readonly timeframe: Timeframe;
    readonly symbols: readonly SymbolConfig[];
    readonly stops: { readonly atrPeriod: number; readonly stopAtr: number; readonly targetAtr: number };
    readonly regimes: TradingPolicy['regimes'];
    readonly session: TradingPolicy['session'];
    readonly entryWindows: TradingPolicy['entryWindows'];
    readonly filters: TradingPolicy['filters'];
    /** Absent where no calendar is given. */
    readonly news?: NewsConfig | undefined;
  };
  readonly feed: FeedConfig;
  readonly paper: PaperConfig;
  readonly models: Readonly<Record<string, { readonly path: string; readonly timeoutMs: number }>>;
  /** `folder` null: no features but the servo's own. */
  readonly features: { readonly folder: string | null };
  /** `redisUrl` null: the embedded server. */
  readonly queue: { readonly redisUrl: string | null; readonly prefix: string };
  readonly api: {
    readonly host: string;
    /** 0: any free one. */
    readonly port: number;
    /** Where the token is, or will be made. */
    readonly tokenFile: string;
    /** `null`: nobody named a file, so the servo makes `tokenFile` at its first start. */
    readonly token: string | null;
  };
  readonly board: { readonly enabled: boolean };
  readonly telegram: TelegramConfig;
  /** `everyMs` 0: none are taken. */
  readonly backup: { readonly everyMs: number; readonly keepHourly: number; readonly keepDaily: number };
  readonly logging: { readonly level: LogLevel; readonly keepFiles: number };
  /** What is allowed but should be known. */
  readonly notes: readonly string[];
  /** SHA-256 of all that decides, secrets and folders left out. */
  readonly configHash: string;
}
