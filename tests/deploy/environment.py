"""Names of environment variables: in deploy/ and its document stands only what the program knows."""

import re
from pathlib import Path

NAME = re.compile(r"\bINKLING_[A-Z0-9_]*[A-Z0-9]\b")


def keys(root):
    """The keys of the configuration."""
    source = Path(root, "batch-service/src/config.rs").read_text()
    listed = re.search(r"const KEYS: \[&str; \d+\] = \[(.*?)\];", source, re.DOTALL)
    found = set(re.findall(r'"([a-z0-9_.]+)"', listed[1]))
    assert len(found) > 10, "the keys are found"
    return found


def known(root):
    """Every variable that the program reads."""
    secrets = {
        "alerts/mod.rs": "PASSWORD",
        "activation/config.rs": "API_SECRET",
        "serve/viewers.rs": "PASSWORD",
        "serve/score/state.rs": "STATE_KEY",
    }
    found = [
        re.search(rf'const {name}: &str = "(\w+)"', Path(root, "batch-service/src", file).read_text())[1]
        for file, name in secrets.items()
    ]
    names = {"INKLING__" + key.upper().replace(".", "__") for key in keys(root)}
    # `option_env!` of the build.
    return names.union(found, ["INKLING_COMMIT"])


def problems(root):
    """Variables that the program would refuse, or would never look at."""
    names, wrong = known(root), []
    sources = [p for p in sorted(Path(root, "deploy").rglob("*")) if p.is_file() and ".terraform" not in p.parts]
    for path in [*sources, *sorted(p for p in Path(root, "docs").glob("*.md") if p.name != "TESTING.md")]:
        for name in sorted(set(NAME.findall(path.read_text(errors="ignore"))) - names):
            wrong.append(f"{path.relative_to(root)}: the program does not know {name}")
    return wrong
