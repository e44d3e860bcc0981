"""Whether the provider knows each argument of each resource, and whether none is missing."""

import json
from pathlib import Path

from terraform import blocks

PROVIDER = json.loads((Path(__file__).parent / "provider/provider.json").read_text())["resources"]
# What Terraform itself understands in every resource.
META = {"count", "for_each", "depends_on", "lifecycle", "provider", "__is_block__", "__comments__", "__inline_comments__"}


def given(body):
    """Arguments and inner blocks; a `dynamic` block counts as what it makes."""
    for name, value in body.items():
        if name == "dynamic":
            for made in value:
                for inner, content in made.items():
                    if not inner.startswith("__"):
                        yield inner.strip('"'), content["content"]
        elif name not in META:
            yield name, value


def compare(body, spec, where):
    """What the provider would say of a block."""
    seen = set()
    for name, value in given(body):
        seen.add(name)
        known = spec.get(name)
        if known is None or name == "" or (isinstance(known, str) and known.startswith("=")):
            yield f"{where}: the provider has no argument {name}"
        elif isinstance(known, dict):
            inner = value if isinstance(value, list) else [value]
            if known[""].startswith("one") and len(inner) > 1:
                yield f"{where}: {name} may be there once only"
            for one in inner:
                yield from compare(one, known, f"{where}.{name}")
    for name, known in spec.items():
        need = known[""] if isinstance(known, dict) else known
        if name and need.endswith("!") and name not in seen:
            yield f"{where}: {name} is missing"


def problems(root):
    """Arguments that are wrong or missing."""
    wrong = []
    for block in blocks(root):
        if block.kind != "resource" or block.type not in PROVIDER:
            wrong.append(f"{block}: not in provider.json; tests/deploy/provider/read.py writes it anew")
        else:
            wrong += compare(block.body, PROVIDER[block.type], str(block))
    return wrong
