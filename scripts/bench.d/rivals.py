"""The same trees in the engines that npm has for browsers, on one page after the other."""
import json

import forests
from commands import note, run

PACKAGES = ("onnxruntime-web@1.30.0", "ydf-inference@0.0.4")
LOADS = 8


def packages(cache):
    """The packages in the bench's cache, so that the project does not depend on them."""
    place, pins = cache / "npm", " ".join(PACKAGES)
    if not (place / "pins").exists() or (place / "pins").read_text() != pins:
        note("installing the peers from npm")
        place.mkdir(parents=True, exist_ok=True)
        run("npm", "install", "--prefix", place, "--ignore-scripts", "--no-audit", "--no-fund", "--silent", *PACKAGES)
        (place / "pins").write_text(pins)
    return place / "node_modules"


def measure(web, folder, cache):
    modules = packages(cache)
    note("the same trees in ONNX's format and in YDF's")
    checked = forests.write(folder)
    note(f"peers of the browser, {LOADS} pages each")
    found = json.loads(run("node", web / "test" / "browser" / "rivals.mjs", LOADS, folder, modules))
    return {"engines": found, "loads": LOADS, "rows_checked_in_ydf": checked}
