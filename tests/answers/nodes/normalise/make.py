"""Scales as scikit-learn makes them. Needs `pip install pandas scikit-learn`."""

import random

import pandas as pd
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

random.seed(3)
table = pd.DataFrame({"x": [round(random.gauss(50, 20), 2) for _ in range(60)], "same": [4.5] * 60})
table.loc[random.sample(range(60), 5), "x"] = None
table.to_csv("values.csv", index=False, lineterminator="\n")


def stored(name, scaler):
    pd.DataFrame(scaler.fit_transform(table), columns=table.columns).to_csv(
        f"expected/{name}.csv", index=False, lineterminator="\n"
    )


stored("range", MinMaxScaler((-1, 3)))
stored("scores", StandardScaler())
stored("largest", MaxAbsScaler())
stored("robust", RobustScaler())
