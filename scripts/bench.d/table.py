"""The report: budget, measured, peers."""
from statistics import fmean

import page_tables


def us(ns):
    return f"{ns / 1000:.2f}"


def million(rate):
    return f"{rate / 1e6:.2f} M"


def verdict(measured, budget, least=False):
    return "yes" if (measured >= budget if least else measured <= budget) else "**no**"


def endpoint_rows(r):
    peak, over, idle = r["peak"], r["over"], r["idle"]
    yield ("`/v1/score`, 64 connections, ten events and a state, requests a second", "15,000",
           f"{peak['per_second']:,.0f}", "", verdict(peak["per_second"], 15_000, least=True))
    yield ("the same, p50 / p99 ms", "10", f"{peak['p50_ms']:.1f} / {peak['p99_ms']:.1f}", "", verdict(peak["p99_ms"], 10))
    share = over["per_second"] / peak["per_second"]
    away = f"{over['errors']:,} turned away" if over["errors"] else "none turned away"
    yield (f"256 connections, answered with a score, of that peak; {away}", "80 %", f"{share:.0%}", "",
           verdict(share, 0.8, least=True))
    many = r["many"]
    share, away = many["over"]["per_second"] / many["peak"]["per_second"], many["shed_p99_ms"]
    yield ("`/v1/score:batch`, 100 visitors, 8 connections, visitors a second", "",
           f"{many['peak']['per_second'] * 100:,.0f}", "", "")
    yield (f"32 connections, answered, of that; {many['over']['errors']:,} turned away", "80 %", f"{share:.0%}", "",
           verdict(share, 0.8, least=True))
    yield ("the same, p99 ms until turned away", "50", "none" if away is None else f"{away:.1f}", "",
           "" if away is None else verdict(away, 50))
    yield ("5,000 idle connections, resident MB", "128", f"{idle['megabytes']:.0f}", "", verdict(idle["megabytes"], 128))
    yield ("the same, until all are closed, s", "5", f"{idle['closed_s']:.1f}", "", verdict(idle["closed_s"], 5))


def rows_of(r):
    if native := r.get("native"):
        ours, exact, peer = native["quantised"], native["exact"], native["lightgbm"]
        yield ("Native, a batch of 100,000 rows, CPU us a row", "0.30", us(ours["batch_cpu_ns"]),
               f"LightGBM {us(peer['batch_cpu_ns'])} ({peer['batch_cpu_ns'] / ours['batch_cpu_ns']:.1f}x)",
               verdict(ours["batch_cpu_ns"], 300))
        yield ("the same, leaves exact (equal margins)", "", us(exact["batch_cpu_ns"]),
               f"{peer['batch_cpu_ns'] / exact['batch_cpu_ns']:.1f}x", "")
        yield ("Native, one row, us p50 / p95", "1.00", f"{us(ours['one_row_p50_ns'])} / {us(ours['one_row_p95_ns'])}",
               f"LightGBM {us(peer['one_row_p50_ns'])} / {us(peer['one_row_p95_ns'])}, with the Python call",
               verdict(ours["one_row_p50_ns"], 1000))
    if js := r.get("javascript"):
        for where, title in (("chromium", "Chromium"), ("node", "Node")):
            ours, peer = js[where]["inkling"], js[where]["m2cgen"]
            mid = lambda engine, key: engine[key]["median"]
            yield (f"{title}, an event: observe + score, warm, us p50 / p95", "2.5" if where == "chromium" else "",
                   f"{mid(ours, 'warm_p50_us'):.2f} / {mid(ours, 'warm_p95_us'):.2f}",
                   f"m2cgen, a row: {mid(peer, 'warm_p50_us'):.2f} / {mid(peer, 'warm_p95_us'):.2f}",
                   verdict(mid(ours, "warm_p50_us"), 2.5) if where == "chromium" else "")
            first = fmean(ours["first_20_us"])
            yield (f"{title}, first 20 calls, mean us each", "10" if where == "chromium" else "", f"{first:.1f}",
                   f"m2cgen {fmean(peer['first_20_us']):.0f} (without the first {fmean(peer['first_20_us'][1:]):.0f})",
                   verdict(first, 10) if where == "chromium" else "")
            yield (f"{title}, bytes to a scorer that is ready, cold, ms median (least)", "15" if where == "chromium" else "",
                   f"{mid(ours, 'ready_ms'):.1f} ({ours['ready_ms']['least']:.1f})",
                   f"m2cgen {mid(peer, 'ready_ms'):.1f} ({peer['ready_ms']['least']:.1f})",
                   verdict(mid(ours, "ready_ms"), 15) if where == "chromium" else "")
            yield (f"{title}, bytes to the first score, ms median (least)", "",
                   f"{mid(ours, 'start_to_first_score_ms'):.1f} ({ours['start_to_first_score_ms']['least']:.1f})",
                   f"m2cgen {mid(peer, 'start_to_first_score_ms'):.1f} ({peer['start_to_first_score_ms']['least']:.1f})", "")
    if sizes := r.get("sizes"):
        for key, title, budget in (("scorer", "Scorer (Wasm, no glue)", 10_000), ("loader", "Loader", 6_000),
                                   ("bundle_same_trees", "Bundle of the same trees", 12_000),
                                   ("bundle_session_model", "Bundle of the trained session model", None),
                                   ("total_same_trees", "All that a visitor downloads", 26_000)):
            peer = f"m2cgen's code {sizes['m2cgen']:,}" if key in ("bundle_same_trees", "total_same_trees") else ""
            yield (f"{title}, brotli bytes", f"{budget:,}" if budget else "", f"{sizes[key]:,}", peer,
                   verdict(sizes[key], budget) if budget else "")
    if ten := r.get("ten_days"):
        yield ("Daily job, ten days, whole process, events per CPU second", "1.00 M", million(ten["events_per_cpu_s"]),
               "polars 0.28 M, DuckDB 0.24 M *", verdict(ten["events_per_cpu_s"], 1e6, least=True))
        yield ("the same, events and visitors scored per CPU second", "",
               f"{million((ten['events'] + ten['scored']) / ten['cpu_s'])}", "", "")
        yield ("the same, peak memory, MB", "96", f"{ten['peak_mb']:.0f}", "DuckDB 292, polars 344 *",
               verdict(ten["peak_mb"], 96))
    if large := r.get("large_day"):
        yield (f"Daily job, a day of {large['events'] / 1e6:.1f} million events, events per CPU second", "1.00 M",
               million(large["events_per_cpu_s"]), "DuckDB 0.32 M, polars 0.25 M *",
               verdict(large["events_per_cpu_s"], 1e6, least=True))
        yield ("the same, wall seconds", "", f"{large['wall_s']:.1f}", "", "")
        yield ("the same, peak memory, MB", "256", f"{large['peak_mb']:.0f}", "DuckDB 1,414, polars 2,558 *",
               verdict(large["peak_mb"], 256))
    for cloud in r.get("bigquery", []):
        title = f"Daily job, BigQuery and Cloud Storage as stand-ins, {cloud['shards']} process{'' if cloud['shards'] == 1 else 'es'}"
        yield (f"{title}, events a second (a CPU second of the job)", "",
               f"{cloud['events_per_s']:,.0f} ({million(cloud['events_per_cpu_s'])})", "", "")
        yield ("the same, peak memory of a process, MB", "", f"{cloud['peak_mb']:.0f}", "", "")
    if backfill := r.get("backfill"):
        yield ("Backfill, events per CPU second", "", million(backfill["events_per_cpu_s"]), "", "")
    if endpoint := r.get("endpoint"):
        yield from endpoint_rows(endpoint)
    if server := r.get("server"):
        ms = server["ready_ms"]
        yield ("`inkling serve`, start to ready, ms median (least)", "300", f"{ms['median']:.0f} ({ms['least']:.0f})", "",
               verdict(ms["median"], 300))


def tables(r):
    """The lines of the tables of what was measured."""
    lines = ["| what | budget | measured | peers | within |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows_of(r)]
    for table in page_tables.of(r):
        lines += ["", *table]
    return lines


def markdown(r):
    m, lines = r["machine"], tables(r)
    before, after = r["load_before"][0], r["load_after"][0]
    lines += ["", f"{m['when']}; {m['processor']}, {m['cores']} cores, {m['memory_gb']} GB; {m['system']}; load {before:.1f}"
              f" before and {after:.1f} after" + (": the machine was busy, so only ratios count" if before > 2 else "") + ".",
              f"{m['inkling']}, {m['rust']}, Python {m['python']}, LightGBM {m['lightgbm']}, m2cgen {m['m2cgen']},"
              f" Node {m['node']}, {m['chromium']}. Events: {r['export']} export. Best of {r['rounds']} rounds, taken in turns."]
    if t := r.get("trees"):
        lines.append(f"Trees: {t['trees']} with {t['leaves']:,} leaves over {t['features_read']} features, {t['thresholds']}"
                     f" distinct thresholds, {t['missing_share']:.1%} missing; largest difference of a margin to LightGBM's on"
                     f" {t['rows']:,} rows: {t['margin_difference_exact']:.1e}, with 16-bit leaves"
                     f" {t['margin_difference_quantised']:.1e}.")
    if ten := r.get("ten_days"):
        steps = ", ".join(f"{name} {seconds * 1000:.0f}" for name, seconds in ten["steps"].items())
        lines.append(f"Ten days: {ten['events']:,} events, {ten['scored']:,} scores of visitors; wall ms by step: {steps}.")
    if large := r.get("large_day"):
        steps = ", ".join(f"{name} {seconds * 1000:.0f}" for name, seconds in large["steps"].items())
        lines.append(f"Large day: {large['visitors']:,} visitors with an event, {large['scored']:,} scored; wall ms by step: {steps}.")
    if r.get("ten_days"):
        lines.append("\\* Measured once by other code on other hardware: about 40 features, LightGBM, visitors of the day only,"
                     " without imports; not part of this run.")
    return "\n".join(lines)
