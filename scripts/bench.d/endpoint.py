"""`POST /v1/score` and `/v1/score:batch` under load: wrk and server share the machine."""
import json
import os
import re
import resource
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from commands import note, run
from server import free_port, ready

SECONDS = 10
IDLE = 5_000
ONE, MANY = "/v1/score", "/v1/score:batch"
# Requests about many visitors that the server works on at once, and the most visitors of one.
PLACES, VISITORS = 8, 100
AUDIENCE = "https://bench.example"
SCRIPT = """
wrk.method, wrk.path = "POST", "%s"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer %s"
wrk.body = [==[%s]==]
function done(summary, latency)
  io.stderr:write(string.format(
    '{"requests":%%d,"us":%%d,"errors":%%d,"broken":%%d,"p50_us":%%d,"p99_us":%%d}', summary.requests, summary.duration,
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


def events(first):
    """Ten events of one visit."""
    page = "https://www.northgate.example/courses/"
    return [{"name": ["page_view", "scroll", "user_engagement"][i % 3], "time_us": first + i * 7_000_000,
             "page_location": f"{page}{i // 3}?utm_source=google", "page_referrer": page, "source": "google", "medium": "cpc",
             "device": "mobile", "language": "en-gb", "session_id": 7, "session_number": 2, "engaged_ms": 900 * i,
             "first_touch_us": 1_700_000_000_000_000} for i in range(10)]


def ask(port, token, body, path=ONE):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", body,
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def wrk(port, token, body, connections, folder, path=ONE):
    script = folder / "score.lua"
    script.write_text(SCRIPT % (path, token, body.decode()))
    done = subprocess.run(["wrk", "-t2", f"-c{connections}", f"-d{SECONDS}s", "-s", script, f"http://127.0.0.1:{port}"],
                          stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, check=True)
    told = json.loads(re.search(r"\{.*\}", done.stderr)[0])
    # Who is turned away before its body is read may lose its connection with it.
    if told["broken"] > told["errors"]:
        sys.exit(f"bench: connections broke: {told}")
    return {"connections": connections, "per_second": (told["requests"] - told["errors"]) / told["us"] * 1e6,
            "errors": told["errors"], "p50_ms": told["p50_us"] / 1000, "p99_ms": told["p99_us"] / 1000}


def probe(port, token, body, over, sheds):
    """Asks now and then, and keeps how long it took to be turned away."""
    while not over.is_set():
        start = time.perf_counter()
        try:
            ask(port, token, body, MANY)
        except urllib.error.HTTPError as error:
            if error.code == 503:
                sheds.append((time.perf_counter() - start) * 1000)
        except OSError:
            pass
        time.sleep(0.01)


def many(port, token, one, folder):
    """Requests about many visitors, of which only so many are worked on at once: as many, and four times as many."""
    body = json.dumps({"requests": [one] * VISITORS}).encode()
    peak = wrk(port, token, body, PLACES, folder, MANY)
    over, sheds = threading.Event(), []
    thread = threading.Thread(target=probe, args=(port, token, body, over, sheds))
    thread.start()
    result = wrk(port, token, body, 4 * PLACES, folder, MANY)
    over.set()
    thread.join()
    sheds.sort()
    return {"peak": peak, "over": result, "sheds": len(sheds), "shed_p99_ms": sheds[int(len(sheds) * 0.99)] if sheds else None}


def idle(port, process):
    """Opens connections and says nothing: the memory that they take, and how long they stay."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (IDLE + 200, max(IDLE + 200, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    poll, opened = select.poll(), {}
    for _ in range(IDLE):
        one = socket.create_connection(("127.0.0.1", port))
        opened[one.fileno()] = (one, time.perf_counter())
        poll.register(one, select.POLLIN)
    with open(f"/proc/{process.pid}/status") as status:
        resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
    longest = 0.0
    while opened:
        for number, _ in poll.poll(10_000):
            one, start = opened.pop(number)
            longest = max(longest, time.perf_counter() - start)
            poll.unregister(one)
            one.close()
    return {"megabytes": resident * 1024 / 1e6, "closed_s": longest}


def measure(inkling, warehouse, web, folder):
    if not shutil.which("wrk"):
        sys.exit("bench: wrk is missing: apt-get install wrk")
    keys = folder / "keys"
    if not keys.exists():
        run(inkling, "release", "keys", "init", "--keys", keys, "--root-keys", folder / "root-keys")
    run(inkling, "release", "publish", "--warehouse", warehouse, "--keys", keys, "--web", web / "dist")
    key = folder / "bench.key"
    public = run(inkling, "token", "key", "--key", key).strip()
    token = run(inkling, "token", "issue", "--caller", "bench", "--key", key, "--audience", AUDIENCE).strip()
    callers = [{"name": "bench", "keys": [public], "requests_per_second": 1_000_000}]
    environment = {**os.environ, "INKLING__RELEASE__KEYS": str(keys), "INKLING__RELEASE__WEB": str(web / "dist"),
                   "INKLING__SERVE__AUDIENCE": AUDIENCE, "INKLING__SERVE__CALLERS": json.dumps(callers),
                   "INKLING_STATE_KEY": "A" * 43 + "="}
    port = free_port()
    process = subprocess.Popen([inkling, "serve", "--warehouse", warehouse, "--address", f"127.0.0.1:{port}"],
                               env=environment, stdout=subprocess.DEVNULL)
    try:
        while not ready(port):
            if process.poll() is not None:
                sys.exit("bench: `inkling serve` ended")
            time.sleep(0.01)
        first = ask(port, token, json.dumps({"events": events(1_700_100_000_000_000)}).encode())
        visitor = {"state": first["state"], "events": events(1_700_200_000_000_000)}
        body = json.dumps(visitor).encode()
        answer = ask(port, token, body)
        note(f"/v1/score with {[score['model_version'] for score in answer['scores']]}")
        found = {"bytes": len(body), "targets": len(answer["scores"]), "peak": wrk(port, token, body, 64, folder)}
        found["over"] = wrk(port, token, body, 256, folder)
        found["many"] = many(port, token, visitor, folder)
        time.sleep(1)
        found["idle"] = idle(port, process)
        return found
    finally:
        process.terminate()
        process.wait()
