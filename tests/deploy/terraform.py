"""Terraform files as python-hcl2 reads them: texts stand in quotes, expressions in ${}."""

import re
from dataclasses import dataclass
from pathlib import Path

import hcl2


@dataclass
class Block:
    """A resource or data source."""

    file: str
    kind: str
    type: str
    name: str
    body: dict

    def __str__(self):
        return f"{self.file}: {self.type}.{self.name}"


def plain(value):
    """A text without its quotes."""
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1].replace('\\"', '"')
    return value


def expression(value):
    """What stands in ${}."""
    match = re.fullmatch(r"\$\{(.*)\}", value) if isinstance(value, str) else None
    return match[1] if match else None


def files(root):
    """Path below `root` and content of every Terraform file."""
    found = sorted(p for p in Path(root, "deploy/terraform").rglob("*.tf") if ".terraform" not in p.parts)
    assert found, "there are Terraform files"
    for path in found:
        with path.open() as file:
            yield str(path.relative_to(root)), hcl2.load(file)


def blocks(root):
    """All resources and data sources."""
    for file, content in files(root):
        for kind in ("resource", "data", "ephemeral"):
            for entry in content.get(kind, []):
                for type_, named in entry.items():
                    for name, body in named.items():
                        if not type_.startswith("__"):
                            yield Block(file, kind, plain(type_), plain(name), body)


def texts(value, skip=("__comments__",)):
    """Every text in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in skip:
                yield key
                yield from texts(inner, skip)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, skip)
