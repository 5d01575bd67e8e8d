"""Writes Parquet files and, as JSON, what each of their columns is: [kind, ...cells]."""

import datetime as dt
import decimal
import json
import random
import sys
import uuid

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = sys.argv[1]
D = decimal.Decimal
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
random.seed(5)
N = 2500


def holes(values, share=0.2):
    return [None if random.random() < share else value for value in values]


def number(value):
    return None if value is None or value != value or value in (float("inf"), float("-inf")) else float(value)


def numbers(values):
    return ["numeric", *map(number, values)]


def texts(values):
    return ["categorical", *[None if v is None or v == "" else str(v) for v in values]]


def wholes(values):
    exact = all(v is None or int(float(v)) == v for v in values)
    return numbers(values) if exact else texts(values)


def booleans(values):
    return ["categorical", *[None if v is None else str(v).lower() for v in values]]


def instants(values, per_milli):
    return ["datetime", *[None if v is None else v // per_milli for v in values]]


def time_text(value, digits):
    seconds, fraction = divmod(value, 10**digits)
    tail = str(fraction).zfill(digits).rstrip("0")
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" + (f".{tail}" if tail else "")


def ints(low, high):
    return holes([random.choice([low, high, 0, 1, random.randint(low, high)]) for _ in range(N)])


def columns():
    """(name, pyarrow array, expected)"""
    for bits in (8, 16, 32):
        values = ints(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        yield f"int{bits}", pa.array(values, f"int{bits}"), wholes(values)
        values = ints(0, 2**bits - 1)
        yield f"uint{bits}", pa.array(values, f"uint{bits}"), wholes(values)
    values = ints(-(2**53) + 1, 2**53 - 1)
    yield "int64", pa.array(values, "int64"), wholes(values)
    values = [random.randint(-(2**40), 2**40) for _ in range(N)]
    yield "int64_full", pa.array(values, "int64"), wholes(values)
    values = [*range(N - 3), None, 2**60, -(2**63)]
    yield "int64_far", pa.array(values, "int64"), wholes(values)
    values = [*range(N - 3), None, 2**53 + 1, -(2**63) + 1]
    yield "int64_ids", pa.array(values, "int64"), wholes(values)
    values = [2**53 + 1, *range(1, N - 1), 2**63 - 1]
    yield "int64_ids_full", pa.array(values, "int64"), wholes(values)
    values = [*range(N - 2), 2**64 - 1, 2**63]
    yield "uint64", pa.array(values, "uint64"), wholes(values)
    values = holes([random.choice([0.1, -0.0, 1e300, float("nan"), float("inf"), random.gauss(0, 1)]) for _ in range(N)])
    yield "float64", pa.array(values, "float64"), numbers(values)
    values = [random.gauss(0, 1) for _ in range(N)]
    yield "float64_full", pa.array(values, "float64"), numbers(values)
    array = pa.array(values, "float32")
    yield "float32", array, numbers(array.to_pylist())
    array = pa.array([0.0, -1.5, 65504.0, 6e-8, None] * (N // 5), "float16")
    yield "float16", array, numbers(array.to_pylist())
    for precision, scale in ((9, 2), (18, 6), (38, 10), (5, 0)):
        most = 10 ** min(precision, 15)
        values = holes([D(random.randrange(-most + 1, most)).scaleb(-scale) for _ in range(N)])
        yield f"decimal{precision}_{scale}", pa.array(values, pa.decimal128(precision, scale)), numbers(values)
    values = [D(12345678901234567890123456789), *[D(i) for i in range(N - 1)]]
    yield "decimal38_ids", pa.array(values, pa.decimal128(38, 0)), texts(values)
    values = holes([random.random() < 0.5 for _ in range(N)])
    yield "bool", pa.array(values), booleans(values)
    values = [i % 3 == 0 for i in range(N)]
    yield "bool_full", pa.array(values), booleans(values)
    values = holes([random.choice(["red", "green", "blue", "", "naïve – 日本 🚲", 'a,"b"\n']) for _ in range(N)])
    yield "string", pa.array(values), texts(values)
    yield "large_string", pa.array(values, "large_string"), texts(values)
    yield "dictionary", pa.array(values).dictionary_encode(), texts(values)
    values = [f"id-{random.random()}" for _ in range(N)]
    yield "string_unique", pa.array(values), texts(values)
    values = [random.choice([b"a", b"bc"]) for _ in range(N)]
    yield "binary_text", pa.array(values), texts([v.decode() for v in values])
    values = holes([random.randint(-100_000, 100_000) for _ in range(N)])
    yield "date", pa.array(values, "int32").cast("date32"), instants([v if v is None else v * 86_400_000 for v in values], 1)
    values = holes([random.randint(-(10**14), 10**14) for _ in range(N)])
    for unit, per_milli in (("ms", 1), ("us", 1000), ("ns", 1_000_000)):
        for zone in (None, "Europe/Berlin"):
            cells = [v if v is None else v * 37 for v in values] if unit != "ms" else values
            yield f"ts_{unit}_{zone}", pa.array(cells, pa.timestamp(unit, zone)), instants(cells, per_milli)
            full = [v or 0 for v in cells]
            yield f"ts_{unit}_{zone}_full", pa.array(full, pa.timestamp(unit, zone)), instants(full, per_milli)
    values = holes([random.randrange(86_400_000) for _ in range(N)])
    yield "time_ms", pa.array(values, pa.time32("ms")), texts([v if v is None else time_text(v, 3) for v in values])
    values = holes([random.randrange(86_400_000_000) for _ in range(N)])
    yield "time_us", pa.array(values, pa.time64("us")), texts([v if v is None else time_text(v, 6) for v in values])
    values = holes([uuid.UUID(int=random.getrandbits(128)) for _ in range(N)], 0.1)
    storage = pa.array([v if v is None else v.bytes for v in values], pa.binary(16))
    yield "uuid", pa.ExtensionArray.from_storage(pa.uuid(), storage), texts(values)
    yield "nothing", pa.nulls(N), numbers([None] * N)
    yield "no_text", pa.array([None] * N, "string"), texts([None] * N)


table = list(columns())
arrow = pa.table({name: array for name, array, _ in table})
expected = {name: cells for name, _, cells in table}
plain = [name for name, array, _ in table if array.type in (pa.int64(), pa.int32(), pa.float64(), pa.float32())]
# Compressions, page versions, encodings, sizes of pages and row groups.
options = {
    "none": dict(compression="none", data_page_version="1.0", row_group_size=N),
    "snappy": dict(compression="snappy", data_page_version="1.0", row_group_size=700),
    "gzip": dict(compression="gzip", data_page_version="2.0", row_group_size=999),
    "zstd": dict(compression="zstd", data_page_version="1.0", use_dictionary=False, data_page_size=2000),
    "brotli": dict(compression="brotli", data_page_version="2.0", use_dictionary=False),
    "lz4": dict(compression="lz4", data_page_version="1.0", row_group_size=400, dictionary_pagesize_limit=1000),
    "index": dict(compression="zstd", data_page_version="2.0", write_page_index=True, data_page_size=3000, write_page_checksum=True),
    "split": dict(compression="snappy", use_dictionary=False, column_encoding={name: "BYTE_STREAM_SPLIT" for name in plain}),
    "delta": dict(
        compression="snappy",
        use_dictionary=False,
        column_encoding={
            **{f.name: "DELTA_BINARY_PACKED" for f in arrow.schema if f.type in (pa.int64(), pa.int32())},
            **{f.name: "DELTA_BYTE_ARRAY" for f in arrow.schema if f.type == pa.string()},
        },
    ),
}
for name, option in options.items():
    pq.write_table(arrow, f"{FOLDER}/types-{name}.parquet", **option)
old = arrow.select(["ts_ns_None", "ts_ns_Europe/Berlin_full", "string", "int64"])
pq.write_table(old, f"{FOLDER}/int96.parquet", use_deprecated_int96_timestamps=True)

# Written by pandas, with an index of its own and categories.
frame = pd.DataFrame({"x": [1.5, None, 3.0], "when": pd.to_datetime(["2024-03-31 02:30", None, "1969-12-31 23:59:59.9995"], format="ISO8601"),
                      "kind": pd.Categorical(["b", "a", None])}, index=[5, 7, 9])
frame.to_parquet(f"{FOLDER}/pandas.parquet")
pandas = {
    "x": numbers([1.5, None, 3]),
    "when": ["datetime", 1711852200000, None, -1],
    "kind": texts(["b", "a", None]),
}

# What is refused.
pq.write_table(
    pa.table({
        "x": [1, 2],
        "tags": [["a"], ["b", "c"]],
        "address": [{"city": "Oslo"}, {"city": "Rome"}],
        "map": pa.array([[("a", 1)], []], pa.map_("string", "int32")),
        "hash": pa.array([b"\x00\xff", b"\x01\x02"], pa.binary(2)),
        "blob": pa.array([b"ok", b"\xff\xfe"], "binary"),
        "y": [3, 4],
    }),
    f"{FOLDER}/nested.parquet",
)
pq.write_table(pa.table({"x": pa.array([], "int64"), "s": pa.array([], "string")}), f"{FOLDER}/empty.parquet")
pq.write_table(pa.table({"a": [1, 2], "b": ["x", "y"]}), f"{FOLDER}/part-1.parquet")
pq.write_table(pa.table({"b": ["y", "z"], "a": [0.5, None]}), f"{FOLDER}/part-2.parquet")
pq.write_table(pa.table({"b": [1, 2], "c": [True, False]}), f"{FOLDER}/part-3.parquet")
pq.write_table(pa.table({"b": pa.nulls(1), "a": pa.array([2**53 + 1], "int64")}), f"{FOLDER}/part-4.parquet")

json.dump({"types": expected, "files": list(options), "pandas": pandas}, open(f"{FOLDER}/expected.json", "w"))
