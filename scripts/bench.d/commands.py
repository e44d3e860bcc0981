"""Runs programs: plainly, or measured."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def run(*command, **environment):
    """What the command prints."""
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
    if done.returncode:
        sys.exit(f"bench: exit code {done.returncode} of: {' '.join(str(c) for c in command)}")
    return done.stdout


def measured(*command, allowed=(0,)):
    """What the command cost, and the JSON that it printed (`printed`)."""
    with tempfile.NamedTemporaryFile() as out:
        cost = json.loads(run(sys.executable, "-S", HERE / "measured.py", out.name, *command))
        if cost["code"] not in allowed:
            sys.exit(f"bench: exit code {cost['code']} of: {' '.join(str(c) for c in command)}")
        text = Path(out.name).read_text()
    cost["printed"] = json.loads(text) if text.startswith(("{", "[")) else text
    return cost


def note(text):
    print(f"== {text}", file=sys.stderr, flush=True)
