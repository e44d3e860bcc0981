"""What the figures were measured on."""
import os
import platform
import subprocess
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0].strip()
    except (OSError, IndexError):
        return "none"


def field(path, name):
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.split(":", 1)[1].strip()
    return "unknown"


def describe(inkling):
    release = Path("/etc/os-release").read_text().split('PRETTY_NAME="', 1)[-1].split('"', 1)[0]
    return {
        "when": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": field("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gb": round(int(field("/proc/meminfo", "MemTotal").split()[0]) / 1e6, 1),
        "system": release,
        "inkling": first_line(inkling, "--version"),
        "rust": first_line("rustc", "--version"),
        "python": platform.python_version(),
        "node": first_line("node", "--version"),
        "chromium": first_line(os.environ.get("CHROMIUM", "/usr/bin/chromium"), "--version"),
        **{name: version(name) for name in ("lightgbm", "m2cgen", "onnx", "pyarrow", "ydf")},
    }
