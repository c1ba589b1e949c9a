"""Backtesting.py on the SMA cross: `python3 backtesting_py.py FILE`. Its entries meet the next open and its stops are fixed at entry, as ours are; it knows no spread, slippage, lot steps or swap."""
import json
import resource
import sys
import time

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy


def mean_of(values, bars):
    return pd.Series(values).rolling(bars).mean().to_numpy()


def wilder_range(high, low, close, bars):
    before = np.roll(close, 1)
    ranges = np.maximum(high, before) - np.minimum(low, before)
    averages = np.full(len(close), np.nan)
    averages[bars] = ranges[1 : bars + 1].mean()
    for i in range(bars + 1, len(close)):
        averages[i] = averages[i - 1] + (ranges[i] - averages[i - 1]) / bars
    return averages


class SmaCross(Strategy):
    def init(self):
        self.fast = self.I(mean_of, self.data.Close, 10)
        self.slow = self.I(mean_of, self.data.Close, 30)
        self.range = self.I(wilder_range, self.data.High, self.data.Low, self.data.Close, 14)

    def next(self):
        if self.position or self.orders or np.isnan(self.range[-1]):
            return
        close, unit = self.data.Close[-1], self.range[-1]
        if self.fast[-2] <= self.slow[-2] and self.fast[-1] > self.slow[-1]:
            self.buy(size=1000, sl=close - 2 * unit, tp=close + 3 * unit)
        elif self.fast[-2] >= self.slow[-2] and self.fast[-1] < self.slow[-1]:
            self.sell(size=1000, sl=close + 2 * unit, tp=close - 3 * unit)


candles = pd.read_csv(sys.argv[1], index_col="time", parse_dates=True)
candles.columns = [name.capitalize() for name in candles.columns]
started = time.perf_counter()
found = Backtest(candles, SmaCross, cash=10_000_000, commission=0.00003, margin=1 / 30, exclusive_orders=False).run()
elapsed_ms = 1000 * (time.perf_counter() - started)
used = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {
            "bars": len(candles),
            "trades": int(found["# Trades"]),
            "elapsedMs": elapsed_ms,
            "cpuMs": 1000 * (used.ru_utime + used.ru_stime),
            "peakMib": used.ru_maxrss / 1024,
        }
    )
)
