"""The daily job as a whole process, over the last ten days of an export and over a day of four million events."""
import re
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commands import measured, note, run

HELD_BACK = 10
LARGE_DAY = 4_000_000
#: Copies of the day in one row group of the large day.
COPIES_IN_GROUP = 5


def days_of(exports):
    """Parquet files of the export by day."""
    files = [f for e in map(Path, exports) for f in (sorted(e.glob("**/*.parquet")) if e.is_dir() else [e])]
    found = {m[1]: f for f in files if (m := re.search(r"events_(\d{8})\.parquet$", f.name))}
    return dict(sorted(found.items()))


def iso(day):
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def prepare(inkling, exports, folder):
    """A warehouse up to the ten last days, with models in service; gives it and those days."""
    days = days_of(exports)
    if len(days) < 2 * HELD_BACK:
        raise SystemExit(f"bench: the export has {len(days)} days of Parquet; at least {2 * HELD_BACK} are needed")
    held_back = list(days)[-HELD_BACK:]
    last = list(days)[-HELD_BACK - 1]
    warehouse = folder / "warehouse"
    events = [flag for path in exports for flag in ("--events", path)]
    note(f"backfill up to {iso(last)}, training")
    filled = measured(inkling, "backfill", *events, "--warehouse", warehouse, "--to", iso(last), "--output", "json")
    run(inkling, "train", "--warehouse", warehouse, "--to", iso(last), "--force", "--output", "json")
    return {
        "warehouse": warehouse, "events": events, "days": held_back, "files": days, "last": last,
        "backfill": cost_of(filled, filled["printed"]["events"]),
    }


def cost_of(cost, events):
    kept = {key: round(cost[key], 4) for key in ("cpu_s", "user_s", "wall_s", "peak_mb")}
    return {"events": events, **kept, "events_per_cpu_s": round(events / cost["cpu_s"])}


def ten_days(inkling, place):
    """One pass: `inkling run` for each day, each a process of its own."""
    days = []
    for day in place["days"]:
        done = measured(inkling, "run", *place["events"], "--warehouse", place["warehouse"], "--date", iso(day),
                        "--force", "--output", "json")
        ran = done["printed"]["run"]
        steps = {s["step"]: round(s["seconds"], 4) for s in ran["steps"]}
        days.append({"day": iso(day), "scored": ran["visitors_scored"], "steps": steps, **cost_of(done, ran["events"])})
    total = {key: sum(day[key] for day in days) for key in ("events", "cpu_s", "wall_s", "scored")}
    steps = {step: round(sum(day["steps"].get(step, 0) for day in days), 4) for step in days[0]["steps"]}
    return {**total, "events_per_cpu_s": round(total["events"] / total["cpu_s"]),
            "peak_mb": max(day["peak_mb"] for day in days), "steps": steps, "days": days}


def write_large_day(place, cache):
    """A real day many times over with renamed visitors; made once."""
    rows = {day: pq.ParquetFile(place["files"][day]).metadata.num_rows for day in place["days"]}
    day = min(rows, key=lambda d: abs(rows[d] * 80 - LARGE_DAY))
    copies = max(1, round(LARGE_DAY / rows[day]))
    out = cache / f"large-{day}-{rows[day]}x{copies}" / f"events_{day}.parquet"
    if not out.exists():
        note(f"writing a day of {rows[day] * copies:,} events")
        out.parent.mkdir(parents=True, exist_ok=True)
        table = pq.read_table(place["files"][day])
        at = table.column_names.index("user_pseudo_id")
        users = table.column(at).combine_chunks()
        part = out.with_suffix(".part")
        with pq.ParquetWriter(part, table.schema, compression="zstd") as writer:
            for first in range(0, copies, COPIES_IN_GROUP):
                renamed = []
                for copy in range(first, min(first + COPIES_IN_GROUP, copies)):
                    names = pc.binary_join_element_wise(users.cast(pa.string()), f"c{copy}", ".")
                    renamed.append(table.set_column(at, table.schema.field(at), names.cast(table.schema.field(at).type)))
                group = pa.concat_tables(renamed)
                writer.write_table(group, row_group_size=len(group))
        part.rename(out)
    return day, out


def large_day(inkling, place, written, folder):
    """`inkling run` on the large day, after the same past and with the same models."""
    day, export = written
    warehouse = folder / "large"
    if not warehouse.exists():
        for name in ("visitor_state", "store"):
            shutil.copytree(place["warehouse"] / name, warehouse / name)
        shutil.copy(place["warehouse"] / "profile.toml", warehouse)
        for partition in sorted((warehouse / "visitor_state").iterdir()):
            if partition.name > f"date={iso(place['last'])}":
                shutil.rmtree(partition)
    done = measured(inkling, "run", "--events", export, "--warehouse", warehouse, "--date", iso(day), "--force",
                    "--output", "json")
    ran = done["printed"]["run"]
    steps = {s["step"]: round(s["seconds"], 4) for s in ran["steps"]}
    return {"scored": ran["visitors_scored"], "visitors": ran["visitors"], "steps": steps, **cost_of(done, ran["events"])}
