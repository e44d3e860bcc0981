"""Measures everything and prints the table; `scripts/bench` says how it is called."""
import argparse
import json
import os
import shutil
import tempfile
from pathlib import Path

import bigquery
import browser
import day_job
import endpoint
import machine
import page
import server
from commands import note, run
from table import markdown, tables

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("exports", nargs="*", metavar="GA4_EXPORT")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="day,native,browser,page,server,endpoint,bigquery")
    return parser.parse_args()


def built():
    """The command and the bench as the last build left them."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    benches = [path for path in target.glob("deps/same_trees-*") if not path.suffix]
    return target / "inkling", max(benches, key=lambda path: path.stat().st_mtime)


def build():
    """Both, up to date."""
    note("building")
    made = run("cargo", "build", "--release", "--manifest-path", ROOT / "Cargo.toml", "-p", "batch-service",
               "--bin", "inkling", "--bench", "same_trees", "--message-format=json")
    found = {}
    for line in made.splitlines():
        message = json.loads(line)
        if message.get("executable"):
            found[message["target"]["name"]] = Path(message["executable"])
    return found["inkling"], found["same_trees"]


def main():
    args = arguments()
    parts = set(args.only.split(","))
    inkling, bench = built() if args.no_build else build()
    if not args.no_build:
        run(ROOT / "scripts" / "setup", "check")
        run(ROOT / "scripts" / "build-web")
    result = {"machine": machine.describe(inkling), "load_before": os.getloadavg(), "rounds": args.rounds}
    with tempfile.TemporaryDirectory(prefix="inkling-bench-") as temporary:
        # A part that is done is kept and shown, whatever becomes of those after it.
        for found in measure(args, parts, inkling, bench, Path(temporary)):
            result.update(found, load_after=os.getloadavg())
            if args.json:
                args.json.write_text(json.dumps(result, indent=1) + "\n")
            note("\n".join(tables(found)))
    print(markdown(result))


def measure(args, parts, inkling, bench, folder):
    """Yields what is found, part after part."""
    exports = [os.path.realpath(path) for path in args.exports]
    if not exports:
        note("simulating a university")
        exports = [str(folder / "export")]
        run(inkling, "simulate", "--out", exports[0], "--days", 45, "--visitors", 120_000)
    web = ROOT / "web"
    place = day_job.prepare(inkling, exports, folder)
    yield {"export": "real" if args.exports else "simulated", "backfill": place["backfill"]}
    yield from in_turns(args, parts, inkling, bench, place, folder)
    if "browser" in parts:
        import rivals

        yield {"javascript": browser.measure(web, folder)}
        yield {"rivals": rivals.measure(web, folder, args.cache)}
    if "page" in parts:
        yield {"page": page.measure(web, session_bundle(place["warehouse"] / "store" / "models"))}
    if "bigquery" in parts:
        yield {"bigquery": bigquery.measure(inkling, place, folder)}
    if "server" in parts:
        yield {"server": server.measure(inkling, place["warehouse"], web, folder)}
    if "endpoint" in parts:
        yield {"endpoint": endpoint.measure(inkling, place["warehouse"], web, folder)}


def in_turns(args, parts, inkling, bench, place, folder):
    """The daily job and native scoring, one after the other in each round."""
    large = None
    if "day" in parts:
        # Without an argument the export is another one each time it changes; only real ones are worth keeping.
        large = day_job.write_large_day(place, args.cache if args.exports else folder)
    ten, big, light, ours = [], [], [], []
    trees = None
    for turn in range(args.rounds):
        note(f"round {turn + 1} of {args.rounds}")
        ten.append(day_job.ten_days(inkling, place))
        if large:
            big.append(day_job.large_day(inkling, place, large, folder))
        if parts & {"native", "browser"}:
            import native

            trees = trees or native.prepare(bench, place, day_job.iso(place["last"]), folder)
            light.append(native.lightgbm_pass(*trees[:2]))
            ours.append(native.inkling_pass(bench, folder))
    yield {"ten_days": max(ten, key=lambda t: t["events_per_cpu_s"]), "ten_days_all": [t["events_per_cpu_s"] for t in ten]}
    if big:
        yield {"large_day": max(big, key=lambda t: t["events_per_cpu_s"]), "large_day_all": [t["events_per_cpu_s"] for t in big]}
    if trees:
        yield {
            "trees": {**trees[2], **{k: v for k, v in ours[0].items() if k not in ("exact", "quantised")}},
            "native": {"lightgbm": native.best(light), "exact": native.best([o["exact"] for o in ours]),
                       "quantised": native.best([o["quantised"] for o in ours])},
            "sizes": browser.sizes(ROOT / "web", folder, session_bundle(place["warehouse"] / "store" / "models")),
        }


def session_bundle(models):
    version = json.loads((models / "in-service-session.json").read_text())["version"]
    return models / version / "bundle.inkl"


if __name__ == "__main__":
    main()
