"""Files that want to exhaust, mislead or run something: each is refused in little time and memory, and nothing runs.

    python bombs.py INKLING

Starts the conversion as `inkling model import` does, one process a file, and measures it.
"""

import json
import os
import pickle
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SECONDS, MEMORY = 1.0, 64 << 20
P4, P2 = b"\x80\x04", b"\x80\x02"


def u4(n: int) -> bytes:
    """A length of four bytes."""
    return struct.pack("<I", n)


def u8(n: int) -> bytes:
    """A length of eight bytes."""
    return struct.pack("<Q", n)


def text(word: str) -> bytes:
    """A short text."""
    return b"\x8c" + bytes([len(word)]) + word.encode()


def dtype(code: str, order: str = "<") -> bytes:
    """A type of numpy with its state."""
    made = b"cnumpy\ndtype\n" + text(code) + b"\x89\x88\x87R"
    return made + b"(K\x03" + text(order) + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"


def array(code: str, shape: bytes, content: bytes, order: str = "<") -> bytes:
    """An array of numpy in the form of protocol 2."""
    made = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R"
    return made + b"(K\x01" + shape + dtype(code, order) + b"\x89" + content + b"tb"


def laughs() -> bytes:
    """Ten of ten of ten ... lists, by the memo."""
    out = P4 + b"](" + text("lol") + b"\x94" + b"h\x00" * 9 + b"e\x94"
    for i in range(1, 30):
        out += b"](" + (b"h" + bytes([i])) * 10 + b"e\x94"
    return out + b"."


def bombs() -> dict[str, bytes]:
    """All of them."""
    system = {
        "REDUCE": P2 + b"cos\nsystem\n" + b"X" + u4(len(RUN)) + RUN + b"\x85R.",
        "STACK_GLOBAL": P4 + text("os") + text("system") + b"\x93" + b"X" + u4(len(RUN)) + RUN + b"\x85R.",
        "NEWOBJ": P2 + b"cos\nsystem\n" + b"X" + u4(len(RUN)) + RUN + b"\x85\x81.",
        "INST": P2 + b"(" + b"X" + u4(len(RUN)) + RUN + b"ios\nsystem\n.",
        "OBJ": P2 + b"(cos\nsystem\n" + b"X" + u4(len(RUN)) + RUN + b"o.",
        "BUILD": P2 + b"cos\nsystem\n}b.",
        "posix": P2 + b"cposix\nsystem\n" + b"X" + u4(len(RUN)) + RUN + b"\x85R.",
        "REDUCE and POP": P2 + b"cos\nsystem\n" + b"X" + u4(len(RUN)) + RUN + b"\x85R0N.",
        "partial of it": P2 + b"cfunctools\npartial\ncos\nsystem\n\x85R.",
        "eval": P2 + b"cbuiltins\neval\n" + text("1") + b"\x85R.",
        "getattr": P2 + b"cbuiltins\ngetattr\n" + text("1") + text("2") + b"\x86R.",
    }
    out = {f"os.system by {name}": file for name, file in system.items()}
    mib = b"B" + u4(1 << 20) + bytes(1 << 20)
    out |= {
        "a million tuples in one another": P4 + b")" + b"\x85" * 1_000_000 + b".",
        "a million lists in one another": P4 + b"]" * 1_000_000 + b"a" * 999_999 + b".",
        "200 tuples in one another": P4 + b")" + b"\x85" * 200 + b".",
        "a list in itself": P4 + b"]\x94h\x00a.",
        "DUP and TUPLE2": P4 + b"N" + b"2\x86" * 40 + b".",
        "memo and TUPLE2": P4 + b")\x94" + b"".join(b"h" + bytes([i]) * 1 + b"h" + bytes([i]) + b"\x86\x94" for i in range(90)) + b".",
        "laughs": laughs(),
        "a MiB 4,000 times": P4 + b"(" + mib + b"\x94" + b"h\x00" * 4_000 + b"t.",
        "four million marks": P4 + b"(" * 4_000_000 + b".",
        "two million empty lists": P4 + b"(" + b"]" * 1_900_000 + b"t.",
        "a text number of 4 M digits": P2 + b"L" + b"9" * 4_000_000 + b"L\n.",
        "a number of 4 M bytes": P2 + b"\x8b" + u4(4_000_000) + b"\x01" * 4_000_000 + b".",
        "a length of 2^63": P4 + b"\x8e" + u8(1 << 63) + b"x.",
        "a length of 2^64 - 1": P4 + b"\x8d" + u8((1 << 64) - 1) + b"x.",
        "a frame of 2^64 - 1": P4 + b"\x95" + u8((1 << 64) - 1) + b"N.",
        "memo 2^32 - 1": P4 + b"Nr\xff\xff\xff\xff.",
        "200,000 kept values": P4 + b"(" + b"N\x94" * 200_000 + b"t.",
        "an odd dict": P4 + b"}(" + text("a") + b"u.",
        "a key twice": P4 + b"}(" + text("a") + b"N" + text("a") + b"Nu.",
        "a key 1 and True": P4 + b"}(K\x01N\x88Nu.",
        "a dict of growing single keys": P4 + b"}" + b"".join(b"J" + struct.pack("<i", i) + b"Ns" for i in range(200_000)) + b".",
        "something behind the end": P4 + b"N.N.",
        "no end": P4 + b"N",
        "nothing": b"",
        "protocol 255": b"\x80\xffN.",
        "persistent id": P4 + b"K\x01Q.",
        "extension": P4 + b"\x82\x01.",
        "next buffer": b"\x80\x05\x97.",
        "a wrong shape": P2 + array("f8", b"K\x07\x85", b"C\x08" + bytes(8)) + b".",
        "a negative shape": P2 + array("f8", b"J\xff\xff\xff\xff\x85", b"C\x08" + bytes(8)) + b".",
        "a shape of 2^93": P2 + array("f8", b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x87", b"C\x08" + bytes(8)) + b".",
        "an unknown type": P2 + array("f9", b"K\x01\x85", b"C\x09" + bytes(9)) + b".",
        "a type with its order set twice": P2 + dtype("f8") + b"(K\x03" + text(">") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb.",
        "a type whose order is not said": P2 + b"cnumpy.core.numeric\n_frombuffer\nC\x08" + bytes(8)
        + b"cnumpy\ndtype\n" + text("f8") + b"\x89\x88\x87RK\x01\x85" + text("C") + b"tR.",
    }
    return out


CANARY = Path(tempfile.mkdtemp()) / "ran"
RUN = f"touch {CANARY}".encode()


def measured(program: str, file: bytes) -> tuple[dict, float, int]:
    """The answer, seconds of processor time, and the most memory."""
    child = subprocess.Popen([program, "model", "convert", "bomb"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={})
    try:
        child.stdin.write(file)
        child.stdin.close()
    except BrokenPipeError:
        pass
    answer = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, (child.returncode, answer[:200])
    return json.loads(answer), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main() -> None:
    """Tries all, and prints the figures."""
    program, worst = sys.argv[1], (0.0, 0)
    files = bombs()
    started = time.monotonic()
    for name, file in files.items():
        answer, seconds, memory = measured(program, file)
        assert set(answer) == {"Err"}, (name, answer)
        assert len(answer["Err"]) < 600, (name, len(answer["Err"]))
        assert seconds < SECONDS and memory < MEMORY, (name, seconds, memory)
        worst = (max(worst[0], seconds), max(worst[1], memory))
        print(f"{seconds * 1000:7.0f} ms {memory / 1e6:6.1f} MB  {name}: {answer['Err'][:110]}")
    assert not CANARY.exists(), "something of a file was run"
    print(f"{len(files)} files in {time.monotonic() - started:.1f} s; at most {worst[0] * 1000:.0f} ms and {worst[1] / 1e6:.1f} MB")
    # Two arrays that share a type with the highest byte first: the numbers are right.
    both = [np.array([1.0, 3.0], ">f8"), np.array([5e-324, -2.5], ">f8")]
    both[1] = both[1].view(both[0].dtype)
    assert pickle.loads(pickle.dumps(both))[1][1] == -2.5


if __name__ == "__main__":
    main()
