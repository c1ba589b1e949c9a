"""XGBoost on the rows that the bench trains on: `python3 xgboost_rows.py FOLDER`, which holds features.f32, classes.u8 and settings.json. Prints log-losses, rounds and CPU seconds."""
import json
import sys
import time

import numpy as np
import xgboost as xgb

folder = sys.argv[1]
with open(f"{folder}/settings.json", encoding="utf-8") as file:
    settings = json.load(file)
features = np.fromfile(f"{folder}/features.f32", dtype="<f4").reshape(-1, settings["columns"])
classes = np.fromfile(f"{folder}/classes.u8", dtype=np.uint8)
parts = {name: slice(start, end) for name, (start, end) in settings["parts"].items()}


def matrix(name):
    return xgb.DMatrix(features[parts[name]], label=classes[parts[name]], nthread=1)


def log_loss(booster, name):
    rounds = (0, booster.best_iteration + 1)
    probabilities = booster.predict(matrix(name), iteration_range=rounds)
    mine = classes[parts[name]]
    return float(-np.log(probabilities[np.arange(len(mine)), mine]).mean())


started = time.process_time()
booster = xgb.train(
    {
        "objective": "multi:softprob",
        "num_class": 3,
        "eval_metric": "mlogloss",
        "tree_method": "hist",
        "grow_policy": "lossguide",
        "max_depth": 0,
        "nthread": 1,
        **settings["options"],
    },
    matrix("train"),
    num_boost_round=settings["roundsMax"],
    evals=[(matrix("stop"), "stop")],
    early_stopping_rounds=settings["patienceRounds"],
    verbose_eval=False,
)
cpu_seconds = time.process_time() - started
print(
    json.dumps(
        {
            "version": xgb.__version__,
            "rounds": booster.best_iteration + 1,
            "roundsGrown": booster.num_boosted_rounds(),
            "cpuSeconds": cpu_seconds,
            "stopLogLoss": log_loss(booster, "stop"),
            "testLogLoss": log_loss(booster, "test"),
        }
    )
)
