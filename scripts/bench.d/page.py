"""What the tag is to a page and to its visitor, in Chromium: how long until the first score, and what the page notices."""
import json

from commands import note, run

LOADS, PAIRS = 20, 10


def measure(web, bundle):
    tests = web / "test" / "browser"
    note(f"a page's first score, {LOADS} visitors each")
    first = json.loads(run("node", tests / "first-score.mjs", LOADS, bundle))
    note(f"Web Vitals with the tag and without, {PAIRS} pairs each")
    vitals = json.loads(run("node", tests / "vitals.mjs", PAIRS, SCORER=str(web / "dist" / "scorer.wasm"), BUNDLE=str(bundle)))
    return {"first_score": first, "vitals": vitals, "loads": LOADS, "pairs": PAIRS}
