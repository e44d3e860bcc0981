"""The table of accounts and roles in docs/GOOGLE_CLOUD.md, which Terraform and the commands must agree with."""

import re
from pathlib import Path

HEAD = ["account", "role", "on", "for"]


def cells(line):
    return [cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")]


def words(grant):
    return "{} has {} on {}".format(*grant)


def grants(root):
    """(account, role, place) of each row."""
    lines = Path(root, "docs/GOOGLE_CLOUD.md").read_text().splitlines()
    found, inside = [], False
    for line in lines:
        if line.startswith("|") and cells(line) == HEAD:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not re.fullmatch(r"[|\- ]+", line):
            row = cells(line)
            assert len(row) == len(HEAD), line
            found.append(tuple(row[:3]))
    assert found, "the table is there"
    assert len(found) == len(set(found)), "no row is there twice"
    return set(found)
