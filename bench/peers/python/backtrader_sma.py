"""backtrader on the SMA cross: `python3 backtrader_sma.py FILE`. A bracket order at each cross with fixed stop and target; it knows no spread, lot steps or swap."""
import json
import resource
import sys
import time

import backtrader as bt


class Candles(bt.feeds.GenericCSVData):
    params = (
        ("dtformat", "%Y-%m-%dT%H:%M:%SZ"),
        ("timeframe", bt.TimeFrame.Minutes),
        ("compression", 60),
        ("openinterest", -1),
    )


class SmaCross(bt.Strategy):
    def __init__(self):
        self.cross = bt.ind.CrossOver(bt.ind.SMA(period=10), bt.ind.SMA(period=30))
        self.range = bt.ind.ATR(period=14)
        self.waiting = []
        self.trades = 0

    def notify_order(self, order):
        if not order.alive() and order in self.waiting:
            self.waiting.remove(order)

    def notify_trade(self, trade):
        self.trades += trade.isclosed

    def next(self):
        if self.position or self.waiting or not self.cross[0]:
            return
        close, unit = self.data.close[0], self.range[0]
        up = 1 if self.cross[0] > 0 else -1
        bracket = self.buy_bracket if up > 0 else self.sell_bracket
        self.waiting = bracket(
            size=1000,
            exectype=bt.Order.Market,
            stopprice=close - up * 2 * unit,
            limitprice=close + up * 3 * unit,
        )


cerebro = bt.Cerebro(stdstats=False)
cerebro.adddata(Candles(dataname=sys.argv[1]))
cerebro.addstrategy(SmaCross)
cerebro.broker.setcash(10_000_000)
cerebro.broker.setcommission(commission=0.00003)
started = time.perf_counter()
(strategy,) = cerebro.run()
elapsed_ms = 1000 * (time.perf_counter() - started)
used = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {
            "bars": len(strategy.data),
            "trades": strategy.trades,
            "elapsedMs": elapsed_ms,
            "cpuMs": 1000 * (used.ru_utime + used.ru_stime),
            "peakMib": used.ru_maxrss / 1024,
        }
    )
)
