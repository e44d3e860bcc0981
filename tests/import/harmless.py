"""Writes harmless objects as pickles, each with a text that says what it is, to be said again by our reader.

    python harmless.py OUT COUNT SEED

OUT is lines of JSON: `{"pickle": base64, "says": text}`.
"""

import base64
import io
import json
import pickle
import random
import struct
import sys

import joblib
import numpy as np

NUMBERS = ["?", "i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "u1", "<u2", ">u4", "<u8", "<f4", ">f4", "<f8", ">f8"]


def bits(x: float) -> str:
    """A number as the digits of its bits; NaN is one."""
    return "nan" if x != x else struct.pack(">d", x).hex()


def says(o) -> str:
    """What an object is."""
    match o:
        case None:
            return "N"
        case bool():
            return "T" if o else "F"
        case np.generic():
            return array(np.asarray(o))
        case int():
            return f"i{o}" if -(1 << 63) <= o < 1 << 63 else "L"
        case float():
            return "f" + bits(o)
        case str():
            return "s" + o.encode().hex()
        case bytes() | bytearray():
            return "b" + bytes(o).hex()
        case tuple():
            return "(" + ",".join(map(says, o)) + ")"
        case list():
            return "[" + ",".join(map(says, o)) + "]"
        case dict():
            return "{" + ",".join(says(k) + ":" + says(v) for k, v in o.items()) + "}"
        case np.ndarray():
            return array(o)
    raise TypeError(type(o))


def array(a: np.ndarray) -> str:
    """Shape and elements, the last index running fastest."""
    flat = a.reshape(-1)
    shape = "x".join(map(str, a.shape))
    if a.dtype.names:
        fields = [name + a.dtype[name].str[1:] + "=" + ";".join(bits(float(v)) for v in flat[name]) for name in a.dtype.names]
        return f"v{shape}|" + "|".join(fields)
    if a.dtype.kind == "U":
        return f"u{shape}|" + ";".join(str(v).encode().hex() for v in flat)
    if a.dtype.kind == "O":
        return f"o{shape}|" + ";".join(says(v) for v in flat)
    if a.dtype.kind in "iu" and any(abs(int(v)) > 1 << 53 for v in flat):
        # Not all of them are doubles.
        raise TypeError("wide integers")
    return f"a{a.dtype.kind}{a.dtype.itemsize}:{shape}|" + ";".join(bits(float(v)) for v in flat)


def whole(r: random.Random, dtype: np.dtype) -> int:
    """A whole number of a type; few are as wide as it."""
    if dtype.kind == "b":
        return r.randint(0, 1)
    limits = np.iinfo(dtype)
    wide = r.random() < 0.01
    most = limits.max if wide else min(limits.max, 1 << r.choice([6, 15, 31, 53]))
    least = limits.min if wide else max(limits.min, -most)
    return r.choice([least, most, r.randint(least, most)])


def some_array(r: random.Random) -> np.ndarray:
    """An array of some type, shape and order."""
    shape = tuple(r.randint(0, 4) for _ in range(r.randint(0, 3)))
    kind = r.random()
    if kind < 0.1:
        dtype = np.dtype({"names": ["a", "b", "c"], "formats": ["<f8", r.choice(["<i4", ">i4"]), "u1"],
                          "offsets": [0, 8, 12], "itemsize": r.choice([13, 16, 24])})
        a = np.zeros(shape, dtype)
        for name in dtype.names:
            a[name] = np.array([r.randint(0, 200) for _ in range(a.size)]).reshape(shape)
    elif kind < 0.2:
        words = ["".join(r.choice("ab\u00e9\u4e2d\U0001f600") for _ in range(r.randint(0, 5))) for _ in range(int(np.prod(shape)))]
        a = np.array(words, dtype=r.choice(["<U5", ">U5"])).reshape(shape)
    elif kind < 0.3:
        a = np.empty(shape, dtype=object)
        for i in np.ndindex(shape):
            a[i] = leaf(r)
    else:
        dtype = np.dtype(r.choice(NUMBERS))
        values = [r.uniform(-1e6, 1e6) if dtype.kind == "f" else whole(r, dtype) for _ in range(int(np.prod(shape)))]
        a = np.array(values, dtype=dtype).reshape(shape)
        if dtype.kind == "f" and a.size and r.random() < 0.3:
            a.flat[0] = r.choice([np.nan, np.inf, -np.inf, -0.0, 5e-324])
    return np.asfortranarray(a) if r.random() < 0.3 and a.ndim else a


def leaf(r: random.Random):
    """An object without others in it."""
    return r.choice([
        lambda: None,
        lambda: r.random() < 0.5,
        lambda: r.randint(-(1 << r.randint(1, 63)), 1 << r.randint(1, 62)),
        lambda: r.choice([1, -1]) * (1 << r.randint(62, 200)),
        lambda: r.choice([0.0, -0.0, 1.5, float("nan"), float("inf"), 5e-324, r.gauss(0, 1e3)]),
        lambda: "".join(chr(r.choice([65, 10, 0, 233, 0x4E2D, 0x1F600])) for _ in range(r.randint(0, 12))),
        lambda: "\ud800" if r.random() < 0.02 else "x" * r.choice([0, 1, 255, 256, 300]),
        lambda: r.randbytes(r.choice([0, 1, 7, 255, 256])),
        lambda: bytearray(r.randbytes(r.randint(0, 9))),
        lambda: np.dtype(r.choice(NUMBERS)).type(r.randint(0, 1)),
    ])()


def some(r: random.Random, depth: int, known: list):
    """An object, perhaps with one in it that is elsewhere, too."""
    if known and r.random() < 0.15:
        return r.choice(known)
    kind = r.random()
    if depth == 0 or kind < 0.35:
        o = leaf(r)
    elif kind < 0.5:
        o = some_array(r)
    else:
        n = r.choice([0, 1, 2, 3, 4, 6])
        inner = [some(r, depth - 1, known) for _ in range(n)]
        if kind < 0.65:
            o = tuple(inner)
        elif kind < 0.85:
            o = inner
        elif kind < 0.97:
            keys = [r.choice([f"k{i}", i, i + 0.5, np.int64(i + 100), None if i == 0 else f"n{i}"]) for i in range(n)]
            o = dict(zip(keys, inner))
        else:
            o = set(range(n))
    if len(known) < 6:
        known.append(o)
    return o


def dump(o, r: random.Random) -> bytes:
    """A pickle, or one of joblib's files."""
    protocol = r.randint(2, 5)
    if r.random() < 0.7:
        return pickle.dumps(o, protocol)
    file = io.BytesIO()
    joblib.dump(o, file, compress=r.choice([0, ("zlib", 3), ("gzip", 3), ("bz2", 1), ("lz4", 3), ("xz", 1), ("lzma", 1)]), protocol=protocol)
    return file.getvalue()


def main() -> None:
    """Writes them."""
    out, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    r = random.Random(seed)
    np.random.seed(seed)
    with open(out, "w", encoding="ascii") as file:
        written = 0
        while written < count:
            o = some(r, r.randint(0, 4), [])
            try:
                text = says(o)
            except (TypeError, UnicodeEncodeError):
                # What our reader does not say at all: a set, half a character.
                text = None
            if text is not None and len(text) > 200_000:
                continue
            line = {"pickle": base64.b64encode(dump(o, r)).decode(), "says": text}
            file.write(json.dumps(line) + "\n")
            written += 1


if __name__ == "__main__":
    main()
