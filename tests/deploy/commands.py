"""The commands of docs/GOOGLE_CLOUD.md that give roles, against the table below them."""

import re
from pathlib import Path

import table

ACCOUNT = re.compile(r"\b(inkling-[a-z]+)@")
# Variables and members that stand for rows of the table without an account of ours.
PEOPLE = {"VIEWERS": "viewers", "PUBLISHER": "publishers", "allUsers": "everyone"}
PLACES = {
    "$GA4_PROJECT.$GA4_DATASET": "GA4 export",
    "$PROJECT.inkling": "dataset inkling",
    "$PROJECT.inkling_reporting": "dataset inkling_reporting",
    "$STAGING_BUCKET": "staging bucket",
    "$STORE_BUCKET": "store bucket",
    "inkling-smtp-password": "SMTP password",
    "inkling-profile": "site profile",
}


def lines(root):
    """The commands that deploy, each as one line."""
    text = Path(root, "docs/GOOGLE_CLOUD.md").read_text()
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        yield from block.replace("\\\n", " ").splitlines()


def who(member, names):
    """A member in the table's words."""
    member = member.strip('"').lstrip("$")
    account = ACCOUNT.search(names.get(member, member))
    return account[1] if account else PEOPLE.get(member, member)


def shorthand(words):
    """Role, member and place of one of the document's own shorthands."""
    if words[0] == "starts":
        return "run.invoker", "$SCHEDULER", f"job {words[1]}"
    role, member, *where = words[1:]
    if words[0] == "on_project":
        return role, member, "project"
    if words[0] == "on_folder":
        return role, member, f"store bucket, {where[0]}/"
    if words[0] == "on_object":
        return role, member, f"store bucket, {where[0]}"
    return role, member, PLACES.get(where[0], where[0])


def in_full(line):
    """Role, member and place of a command that is written out."""
    role, member = re.search(r"--role=roles/([\w.]+)", line), re.search(r"--member=(\S+)", line)
    kind, name = re.search(r"(\S+) add-iam-policy-binding (\S+)", line).groups()
    if kind == "managed-folders":
        return role[1], member[1], "release folder"
    kinds = {"service-accounts": "account", "services": "service"}
    return role[1], member[1], f"{kinds.get(kind, kind)} {name.partition('@')[0]}"


def grants(root):
    """(account, role, place) of each command that gives a role."""
    names = {}
    for line in lines(root):
        names.update(re.findall(r"^([A-Z]+)=(\S+)$", line))
        if re.match(r"(on_\w+|starts) \S", line):
            role, member, place = shorthand(line.split())
        elif "--role=" in line and "$1" not in line:
            role, member, place = in_full(line)
        else:
            continue
        yield who(member, names), role, place


def problems(root):
    """Where commands and table do not agree."""
    by_hand, written = set(grants(root)), table.grants(root)
    wrong = [f"a command, but not the table: {table.words(g)}" for g in sorted(by_hand - written)]
    return wrong + [f"the table, but no command: {table.words(g)}" for g in sorted(written - by_hand)]
