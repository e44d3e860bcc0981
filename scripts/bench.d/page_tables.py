"""Tables of what was measured in pages: engines beside each other, the first score, the page with the tag and without."""
CONDITIONS = {"plain": "as it is", "cpu": "CPU 4x slower", "cpu+network": "CPU 4x slower, slow 4G"}
HOW = ("Slow 4G is 150 ms a request, 1.6 Mbit/s down and 0.75 up, by Chromium's own throttle, to which connections cost nothing;"
       " a slower CPU is the page's main thread only.")


def pair(of, digits=0):
    return f"{of['p50']:,.{digits}f} / {of['p95']:,.{digits}f}"


def table(head, rows):
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def of(r):
    if found := r.get("rivals"):
        yield rivals(found)
    if found := r.get("page"):
        yield first_score(found)
        yield vitals(found)


def rivals(found):
    every = found["engines"]
    idle = every["nothing"]["memory_bytes"]["renderers"]
    engines = {name: engine for name, engine in every.items() if name != "nothing"}
    each = lambda read: [read(engine) for engine in engines.values()]
    megabytes = lambda *keys, less=0: each(lambda e: f"{(sum(e['memory_bytes'][key] for key in keys) - less) / 1e6:.1f}")
    apart = lambda engine: f"{engine['largest_difference']:.0e}" if "largest_difference" in engine else ""
    rows = [["Download, brotli bytes", *each(lambda e: f"{e['download_bytes']:,}")]]
    for condition, said in CONDITIONS.items():
        rows.append([f"Empty page to ready, ms, {said}", *each(lambda e: pair(e[condition]["ready_ms"]))])
        rows.append([f"Empty page to the first score, ms, {said}", *each(lambda e: pair(e[condition]["first_score_ms"]))])
    for condition in ("plain", "cpu"):
        rows.append([f"Calls 2 to 20, mean us a call, {CONDITIONS[condition]}", *each(lambda e: pair(e[condition]["next_19_us"]))])
        rows.append([f"After a second of calls, us a call, {CONDITIONS[condition]}", *each(lambda e: pair(e[condition]["warm_us"], 1))])
    rows.append(["WebAssembly's memory, MB", *megabytes("wasm")])
    rows.append(["JavaScript's heap and buffers, MB", *megabytes("heap", "buffers")])
    rows.append(["Private memory of the renderer, MB more than an idle page", *megabytes("renderers", less=idle)])
    rows.append(["Largest difference to LightGBM's score", *each(apart)])
    versions = [f"{name} {engine['version']}" if engine.get("version") else name for name, engine in engines.items()]
    return [*table(["the same trees", *versions], rows), "",
            f"Median / worst of {found['loads']} new pages each, by turns. Inkling takes an event and makes the features of it, the"
            f" others take a row of features that are there. {HOW}"]


def first_score(found):
    first = found["first_score"]
    each = lambda read, digits=0: [pair(read(first[condition]), digits) for condition in CONDITIONS]
    pages = {"first_page": "First page", "second_page": "Second page"}
    rows = [[f"{said}, {words}", *each(lambda c: c[page][key])] for page, said in pages.items() for key, words in (
        ("from_navigation_ms", "navigation to the first score, ms"), ("from_loader_ms", "loader's start to the first score, ms"),
        ("verified_ms", "of it until it is verified, ms"), ("ready_ms", "of it bytes to ready, ms"))]
    rows.append(["An event: observe + score, us", *each(lambda c: c["event_us"], 1)])
    held = {key: first["memory_bytes"][key]["p50"] / 1e6 for key in ("wasm", "heap", "buffers")}
    return [*table(["the tag on a page", *CONDITIONS.values()], rows), "",
            f"p50 / p95 of {found['loads']} visitors, by turns; release and page from two origins of this machine, GA4's cookies are there."
            f" The tag holds {held['wasm']:.2f} MB of WebAssembly's memory and {held['heap'] + held['buffers']:.2f} MB of JavaScript's."]


def vitals(found):
    words = {"lcp_ms": "Largest Contentful Paint, ms", "inp_ms": "Interaction to Next Paint, ms", "cls": "Cumulative Layout Shift",
             "blocking_ms": "Total Blocking Time, ms", "longest_task_ms": "longest task, ms",
             "longest_of_tag_ms": "the tag's longest part of a long frame, ms", "script_ms": "all scripts, ms"}
    rows = []
    for condition, arms in found["vitals"].items():
        for key, said in words.items():
            rows.append([f"{said}, {CONDITIONS[condition]}", *(pair(arms[arm][key], 3 * (key == "cls")) for arm in ("without", "with"))])
    largest = {arm: {e for arms in found["vitals"].values() for e in arms[arm]["lcp_elements"]} for arm in ("without", "with")}
    return [*table(["the demo's first page", "without the tag", "with the tag"], rows), "",
            f"Median / worst of {found['pairs']} visitors each, by turns. The largest element is {', '.join(largest['without'])} without"
            f" the tag and {', '.join(largest['with'])} with it."]
