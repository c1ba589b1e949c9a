/** The options of `servo data`, as they are typed. */

/** What every command of `data` takes. */
export interface LibraryFlags {
  readonly config: string;
  readonly library?: string;
  readonly json?: boolean;
}

export interface ImportFlags extends LibraryFlags {
  readonly symbol: string;
  readonly timeframe?: string;
  readonly clock?: string;
  readonly kind?: 'candles' | 'ticks';
  readonly digits?: string;
  readonly out?: string;
  readonly replace?: boolean;
}

export interface CheckFlags extends LibraryFlags {
  readonly symbol?: string;
  readonly timeframe?: string;
  readonly clock?: string;
}

export interface DownloadFlags extends LibraryFlags {
  readonly source: string;
  readonly symbol: string;
  readonly timeframe: string;
  readonly market?: string;
  readonly from?: string;
  readonly to?: string;
  readonly baseUrl?: string;
  readonly attempts: string;
}
