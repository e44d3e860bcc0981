"""The repository, and copies of it with one thing changed."""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What the checks read.
READ = [
    "deploy",
    "docs",
    "batch-service/src/config.rs",
    "batch-service/src/serve",
    "batch-service/src/activation",
    "batch-service/src/alerts",
    "batch-service/src/cli/commands.rs",
    "batch-service/src/monitor/status.rs",
    "batch-service/src/doctor",
    "batch-service/src/jobs",
    "batch-service/src/place.rs",
    "batch-service/src/release/repository.rs",
    "batch-service/src/store/registry.rs",
]


@contextmanager
def changed(file, old, new):
    """A copy of what the checks read in which `old` is `new`; `old` must be there once, or is None to append."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in READ:
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
            else:
                shutil.copy(ROOT / name, target)
        text = (root / file).read_text() if (root / file).exists() else ""
        if old is None:
            text += new
        else:
            assert text.count(old) == 1, f"{file}: {text.count(old)} times {old!r}"
            text = text.replace(old, new)
        (root / file).write_text(text)
        yield root
