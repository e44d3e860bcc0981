"""How long `inkling serve` takes from its start until it answers that it is ready."""
import os
import socket
import statistics
import subprocess
import time
import urllib.request

from commands import run

STARTS = 9


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def measure(inkling, warehouse, web, folder):
    keys = folder / "keys"
    if not keys.exists():
        run(inkling, "release", "keys", "init", "--keys", keys, "--root-keys", folder / "root-keys")
    run(inkling, "release", "publish", "--warehouse", warehouse, "--keys", keys, "--web", web / "dist")
    environment = {**os.environ, "INKLING__RELEASE__KEYS": str(keys), "INKLING__RELEASE__WEB": str(web / "dist")}
    starts = []
    for _ in range(STARTS):
        port = free_port()
        start = time.perf_counter()
        server = subprocess.Popen([inkling, "serve", "--warehouse", warehouse, "--address", f"127.0.0.1:{port}"],
                                  env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not ready(port):
                if server.poll() is not None or time.perf_counter() - start > 30:
                    raise SystemExit("bench: `inkling serve` did not become ready")
                time.sleep(0.001)
            starts.append((time.perf_counter() - start) * 1000)
        finally:
            server.terminate()
            server.wait()
    return {"ready_ms": {"median": statistics.median(starts), "least": min(starts)}}
