"""Fits and applies the steps of test/bench/features.ts with pandas and scikit-learn's ColumnTransformer; prints CPU seconds.

Arguments: CSV of the training rows, CSV of the rows to transform, repeats.
"""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

warnings.simplefilter("ignore")
train, rows = (pd.read_csv(path) for path in sys.argv[1:3])
for table in (train, rows):
    table["sold"] = pd.to_datetime(table["sold"], format="ISO8601", utc=True).dt.tz_localize(None)
target = train.pop("y").to_numpy()
rows = rows.drop(columns="y")


class Frequency(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.shares_ = {name: X[name].value_counts(normalize=True) for name in X}
        return self

    def transform(self, X):
        return pd.DataFrame({name: X[name].map(shares).fillna(0) for name, shares in self.shares_.items()}).to_numpy()

    def fit_transform(self, X, y=None):
        return self.fit(X).transform(X)


class Clip(Frequency):
    def fit(self, X, y=None):
        self.limits_ = X.quantile([0.01, 0.99])
        return self

    def transform(self, X):
        return X.clip(self.limits_.loc[0.01], self.limits_.loc[0.99], axis=1).to_numpy()


def dates(X):
    sold = X["sold"].dt
    parts = {"hour": (sold.hour, 24), "weekday": (sold.weekday, 7), "month": (sold.month, 12)}
    found = {name: values for name, (values, _) in parts.items()}
    for name, (values, period) in parts.items():
        found[f"{name}.sin"] = np.sin(2 * np.pi * values / period)
        found[f"{name}.cos"] = np.cos(2 * np.pi * values / period)
    found["days"] = (X["sold"] - pd.Timestamp("2019-01-01")) / pd.Timedelta(days=1)
    return pd.DataFrame(found).to_numpy(dtype=np.float64)


def expressions(X):
    price, change, size = X["price"], X["change"], X["size"]
    return pd.DataFrame(
        {
            "total": price * size,
            "ratio": price / (1 + change.abs()),
            "dear": ((price > 20) & (change <= 0)).astype(float).where(price.notna() & change.notna()),
            "pick": np.where(size >= 4, price, -size),
        }
    ).to_numpy()


def transformer():
    return ColumnTransformer(
        [
            ("scaled", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["price", "change", "size", "huge"]),
            ("robust", RobustScaler(), ["price", "change"]),
            ("clipped", Clip(), ["price", "change"]),
            ("log", FunctionTransformer(np.log1p), ["price"]),
            ("power", PowerTransformer(), ["price", "change"]),
            ("bins", make_pipeline(SimpleImputer(strategy="median"), KBinsDiscretizer(10, encode="ordinal", strategy="quantile", quantile_method="linear", subsample=None)), ["price", "huge"]),
            ("one-hot", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["shop", "answer", "size"]),
            ("ordinal", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan), ["shop", "answer"]),
            ("frequency", Frequency(), ["shop", "size", "note"]),
            ("target", TargetEncoder(cv=5, target_type="continuous", random_state=0), ["shop", "size"]),
            ("dates", FunctionTransformer(dates), ["sold"]),
            ("expressions", FunctionTransformer(expressions), ["price", "change", "size"]),
        ]
    )


def seconds(work):
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


best = {"fit": 1e9, "transform": 1e9}
for _ in range(int(sys.argv[3])):
    fitted = transformer()
    taken, made = seconds(lambda: fitted.fit_transform(train, target))
    best["fit"] = min(best["fit"], taken)
    taken, made = seconds(lambda: fitted.transform(rows))
    best["transform"] = min(best["transform"], taken)
best["columns"] = made.shape[1]
print(json.dumps(best))
