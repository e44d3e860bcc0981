"""Runs a command and says what it cost, as JSON: CPU seconds, wall seconds, peak memory.

A process of its own: a child's peak memory counts what its parent held when it was started, so the parent must be small.
"""
import json
import os
import subprocess
import sys
import time

start = time.perf_counter()
child = subprocess.Popen(sys.argv[2:], stdout=open(sys.argv[1], "wb"))
_, status, usage = os.wait4(child.pid, 0)
code = os.waitstatus_to_exitcode(status)
print(json.dumps({
    "cpu_s": usage.ru_utime + usage.ru_stime,
    "user_s": usage.ru_utime,
    "wall_s": time.perf_counter() - start,
    "peak_mb": usage.ru_maxrss / 1024,
    "code": code,
}))
