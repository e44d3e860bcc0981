"""Google's GoogleSQL, as the package `zetasql` ships it: a WebAssembly module behind calls with protocol buffers.

The package's own client compiles the module at every start, which takes half a minute, and copies byte by byte. Here
the compiled module is kept in a folder, and made anew when the module, wasmtime or the processor is another.
"""

import ctypes
import hashlib
import importlib.metadata
import os
import pathlib
import platform
import re
import tempfile

import tzdata
import wasmtime
from zetasql.wasi import get_wasm_path


class SqlError(Exception):
    """What GoogleSQL says against a statement."""


def _compiled(engine: wasmtime.Engine, cache: pathlib.Path) -> wasmtime.Module:
    wasm = pathlib.Path(get_wasm_path())
    made_for = [hashlib.sha256(wasm.read_bytes()).hexdigest(), importlib.metadata.version("wasmtime")]
    made_for.append(platform.machine())
    # Code for instructions that another processor lacks would end the process; cpuinfo is there on Linux only.
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        made_for += sorted(set(re.findall(r"^(?:flags|Features)\s*:.*$", cpuinfo.read_text(), re.MULTILINE)))
    kept = cache / f"googlesql-{hashlib.sha256(repr(made_for).encode()).hexdigest()[:16]}.module"
    if kept.exists():
        return wasmtime.Module.deserialize_file(engine, str(kept))
    module = wasmtime.Module.from_file(engine, str(wasm))
    cache.mkdir(parents=True, exist_ok=True)
    # Written beside it and then renamed: several tests may do this at once.
    with tempfile.NamedTemporaryFile(dir=cache, delete=False) as file:
        file.write(module.serialize())
    os.replace(file.name, kept)
    return module


class Engine:
    """The module in memory."""

    def __init__(self, cache: pathlib.Path) -> None:
        config = wasmtime.Config()
        config.shared_memory = True
        engine = wasmtime.Engine(config)
        wasi = wasmtime.WasiConfig()
        wasi.inherit_stderr()
        wasi.preopen_dir(str(pathlib.Path(tzdata.__file__).parent / "zoneinfo"), "/usr/share/zoneinfo")
        self.store = wasmtime.Store(engine)
        self.store.set_wasi(wasi)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        instance = linker.instantiate(self.store, _compiled(engine, cache))
        self.exports = instance.exports(self.store)
        self.exports["_initialize"](self.store)

    def call(self, name: str, request, response_type):
        """One call of the module's service; `SqlError` with GoogleSQL's own words where it refuses."""
        data = request.SerializeToString()
        where = self._call("wasm_malloc", max(len(data), 1))
        size = self._call("wasm_malloc", 4)
        try:
            ctypes.memmove(self._address(where), data, len(data))
            answer = self._call(f"ZetaSqlLocalService_{name}", where, len(data), size)
            if answer == 0:
                raise SqlError(self._last_error())
            length = int.from_bytes(self._read(size, 4), "little")
            response = response_type.FromString(self._read(answer, length))
            self._call("wasm_free", answer)
            return response
        finally:
            self._call("wasm_free", where)
            self._call("wasm_free", size)

    def _call(self, name: str, *arguments: int):
        return self.exports[name](self.store, *arguments)

    def _address(self, offset: int) -> int:
        # Asked for each time: memory moves when it grows.
        return ctypes.addressof(self.exports["memory"].data_ptr().contents) + offset

    def _read(self, offset: int, length: int) -> bytes:
        return ctypes.string_at(self._address(offset), length)

    def _last_error(self) -> str:
        length = self._call("wasm_get_last_error_size")
        text = self._read(self._call("wasm_get_last_error"), length).decode() if length else "no message"
        return re.sub(r"\ACode: \d+, Message: ", "", text)
