"""What scikit-learn and pandas make of the same rows: reads {"train", "rows", "series", "targets", "folds"} from standard input, prints the columns of each case."""

import json
import sys

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

given = json.load(sys.stdin)
TEXTS = ["shop", "answer", "note"]


def frame(cells):
    rows = pd.DataFrame(cells)
    for name in rows:
        if name in TEXTS:
            rows[name] = rows[name].astype(object).where(rows[name].notna(), None)
        elif name == "sold":
            rows[name] = pd.to_datetime(rows[name], unit="ms")
        else:
            rows[name] = rows[name].astype("float64")
    return rows


train, rows = frame(given["train"]), frame(given["rows"])
targets = {name: np.array(values) for name, values in given["targets"].items()}
NUMBERS = ["price", "change", "size", "huge", "same"]


def numbers(transformer, names=NUMBERS):
    made = transformer.fit(train[names]).transform(rows[names])
    return {name: made[:, i] for i, name in enumerate(names)}


def column_by_column(make):
    """For what refuses missing cells: fitted on those that are there, and applied to those."""
    found = {}
    for name in NUMBERS:
        present = train[[name]].dropna().to_numpy()
        cells = rows[name].to_numpy(copy=True)
        there = ~np.isnan(cells)
        cells[there] = make().fit(present).transform(cells[there].reshape(-1, 1))[:, 0]
        found[name] = cells
    return found


def impute(strategy, names, **options):
    imputer = SimpleImputer(strategy=strategy, missing_values=None if names == ["shop"] else np.nan, **options)
    made = imputer.fit(train[names]).transform(rows[names])
    return {name: made[:, i] for i, name in enumerate(names)}


def clip():
    limits = train[NUMBERS].quantile([0.05, 0.9])
    return {name: rows[name].clip(*limits[name]) for name in NUMBERS}


def one_hot(name):
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(train[[name]])
    made = encoder.transform(rows[[name]])
    plain = lambda category: int(category) if isinstance(category, float) and category.is_integer() else category
    label = lambda category: f"{name}.missing" if pd.isna(category) else f"{name}={plain(category)}"
    return {label(category): made[:, i] for i, category in enumerate(encoder.categories_[0])}


def ordinal(name):
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan)
    cells = lambda table: table[[name]].where(table[[name]].notna(), np.nan)
    return {name: encoder.fit(cells(train)).transform(cells(rows))[:, 0]}


def frequency(name):
    shares = train[name].value_counts(normalize=True)
    return {name: rows[name].map(shares).astype("float64").where(rows[name].isna(), rows[name].map(shares).fillna(0))}


def rare(name, share):
    shares = train[name].value_counts(normalize=True)
    frequent = shares[shares >= share].index
    return {name: rows[name].where(rows[name].isna() | rows[name].isin(frequent), "other")}


def target_encode(target, smooth, name="shop"):
    encoder = TargetEncoder(smooth=smooth).fit(train[[name]], targets[target])
    made = encoder.transform(rows[[name]])
    if made.shape[1] == 1:
        return {name: made[:, 0]}
    return {f"{name}.{label}": made[:, i] for i, label in enumerate(encoder.classes_)}


def cross_fitted(target, smooth):
    """TargetEncoder.fit_transform with the folds given."""
    y, folds = targets[target], np.array(given["folds"][target])
    made = np.zeros(len(train))
    for fold in range(folds.max() + 1):
        encoder = TargetEncoder(smooth=smooth).fit(train[["shop"]][folds != fold], y[folds != fold])
        made[folds == fold] = encoder.transform(train[["shop"]][folds == fold])[:, 0]
    return {"shop": made}


def power(standardize):
    return numbers(PowerTransformer(method="yeo-johnson", standardize=standardize), ["price", "change", "size", "same"])


def date():
    sold = rows["sold"].dt
    circle = lambda values, period: {"sin": np.sin(2 * np.pi * values / period), "cos": np.cos(2 * np.pi * values / period)}
    found = {"sold.month": sold.month, "sold.weekday": sold.weekday, "sold.day-of-year": sold.dayofyear}
    parts = {"hour": (sold.hour, 24), "weekday": (sold.weekday, 7), "month": (sold.month, 12), "day": (sold.day, 31)}
    parts |= {"day-of-year": (sold.dayofyear, 366), "minute": (sold.minute, 60)}
    for part, (values, period) in parts.items():
        for function, cells in circle(values, period).items():
            found[f"sold.{part}.{function}"] = cells
    found["sold.days"] = (rows["sold"] - pd.Timestamp("2020-02-29")) / pd.Timedelta(days=1)
    holidays = pd.to_datetime(["2019-12-25", "2020-01-01", "2021-01-01"])
    found["sold.holiday"] = sold.normalize().isin(holidays).astype(float).where(rows["sold"].notna())
    return found


def text():
    note = rows["note"]
    here = note.notna()
    cells = note.where(here, "")
    found = {
        "note.length": cells.str.len(),
        "note.words": cells.str.split().str.len(),
        "note.used": cells.str.contains("[Uu]sed|USED").astype(float),
    }
    hashed = HashingVectorizer(n_features=16, norm=None).transform(cells).toarray()
    found |= {f"note.hash{i}": pd.Series(hashed[:, i]) for i in range(16)}
    return {name: cells.astype(float).where(here) for name, cells in found.items()}


def expression(formula):
    with np.errstate(all="ignore"):
        values = formula(rows).astype(float)
    return {"made": np.where(np.isfinite(values), values, np.nan)}


def compared(condition, *names):
    return lambda rows: pd.Series(condition(rows)).astype(float).where(rows[list(names)].notna().all(axis=1))


def lagged():
    """Of each shop by itself, as it was so long before, and means of what came before within a time."""
    rows = frame(given["series"])
    points = rows.dropna(subset=["sold"]).groupby(["answer", "sold"], as_index=False)["price"].mean()
    found = {"price.lag-1d": np.nan, "price.lag-3h": np.nan, "price.mean-2d": np.nan, "price.mean-45m": np.nan}
    found = pd.DataFrame(found, index=rows.index)
    for answer, own in points.groupby("answer"):
        series = own.set_index("sold")["price"]
        here = rows.index[(rows["answer"] == answer) & rows["sold"].notna()]
        when = rows.loc[here, "sold"]
        for text, span in {"lag-1d": pd.Timedelta(days=1), "lag-3h": pd.Timedelta(hours=3)}.items():
            found.loc[here, f"price.{text}"] = series.reindex(when - span).to_numpy()
        for text, window in {"mean-2d": "2D", "mean-45m": "45min"}.items():
            means = series.rolling(window, closed="left", min_periods=1).mean()
            found.loc[here, f"price.{text}"] = means.reindex(when).to_numpy()
    return {name: found[name] for name in found}


CASES = {
    "lag": lagged,
    "median": lambda: impute("median", NUMBERS),
    "mean": lambda: impute("mean", NUMBERS),
    "most frequent": lambda: impute("most_frequent", ["shop"]),
    "most frequent number": lambda: impute("most_frequent", ["size"]),
    "constant": lambda: impute("constant", ["shop"], fill_value="unknown"),
    "indicator": lambda: {f"{name}.missing": rows[name].isna().astype(float) for name in ["price", "shop"]},
    "clip": clip,
    "clip to given limits": lambda: {name: rows[name].clip(2, 12.5) for name in NUMBERS},
    "log1p": lambda: {name: np.where(rows[name] > -1, np.log1p(rows[name].clip(lower=-0.9999999)), np.nan) for name in ["price", "size"]},
    "standard": lambda: numbers(StandardScaler()),
    "min-max": lambda: numbers(MinMaxScaler()),
    "robust": lambda: numbers(RobustScaler()),
    "bins": lambda: column_by_column(lambda: KBinsDiscretizer(4, encode="ordinal", strategy="quantile", quantile_method="linear", subsample=None)),
    "one-hot": lambda: one_hot("shop") | one_hot("size"),
    "ordinal": lambda: ordinal("shop") | ordinal("size"),
    "frequency": lambda: frequency("shop") | frequency("size"),
    "rare": lambda: rare("shop", 0.1),
    "target of a number": lambda: target_encode("number", "auto") | target_encode("number", "auto", "size"),
    "target of a number, smooth": lambda: target_encode("number", 10.0),
    "target of two classes": lambda: target_encode("two", "auto"),
    "target of three classes": lambda: target_encode("three", "auto"),
    "cross-fitted number": lambda: cross_fitted("number", "auto"),
    "cross-fitted classes": lambda: cross_fitted("two", 3.0),
    "power": lambda: power(True),
    "power alone": lambda: power(False),
    "date": date,
    "text": text,
    "cross": lambda: {"made": (rows["shop"] + " × " + rows["answer"]).where(rows["shop"].notna(), None)},
    "product": lambda: expression(lambda r: r["price"] * r["size"] - r["change"] / 2),
    "division": lambda: expression(lambda r: r["price"] / r["size"]),
    "remainder": lambda: expression(lambda r: r["change"] % 2),
    "functions": lambda: expression(lambda r: np.log1p(r["price"]) + np.sqrt(r["change"]) + np.exp(-r["change"]) + np.abs(r["change"])),
    "rounding": lambda: expression(lambda r: np.round(r["change"]) + np.floor(r["price"]) * np.ceil(r["change"]) + np.sign(r["change"])),
    "power of": lambda: expression(lambda r: -r["size"] ** 2 + r["price"] ** 0.5),
    "comparison": lambda: expression(compared(lambda r: (r["price"] > 8) & (r["change"] <= 1), "price", "change")),
    "text comparison": lambda: expression(compared(lambda r: r["shop"] == "Zug", "shop")),
    "if": lambda: expression(lambda r: pd.Series(np.where(r["size"] >= 4, r["price"], -r["size"]))),
    "days": lambda: expression(lambda r: (r["sold"] - pd.Timestamp(0)) / pd.Timedelta(days=1)),
    "smallest": lambda: expression(lambda r: pd.Series(np.minimum(r["price"], np.minimum(r["change"], 1)))),
}


def plain(values):
    return [None if pd.isna(value) else value for value in pd.Series(values).tolist()]


print(json.dumps({name: {column: plain(cells) for column, cells in case().items()} for name, case in CASES.items()}))
