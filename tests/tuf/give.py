"""give.py FOLDER NATIVE BROWSER: python-tuf writes a repository and changes it step by step; after each step both
clients of Inkling, run as commands, are to take or to refuse it. Prints {client: {case: taken | refused}}."""

import copy
import datetime
import json
import pathlib
import shutil
import subprocess
import sys

from securesystemslib.signer import CryptoSigner
from serving import serve
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Key,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

folder, native, browser = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
CLIENTS = {"native": [native, "release", "tuf"], "browser": ["node", browser]}
FILE = "inkling/northgate/prod/stable/bundle.bin"
CONTENT = b"weights" * 100
PRETTY = JSONSerializer(compact=False)


def later(days=7):
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=days)


class Repository:
    """Documents and files in a folder, as python-tuf writes them."""

    def __init__(self):
        self.path = folder / "repository"
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True)
        self.signers = {role: [CryptoSigner.generate_ed25519()] for role in ("timestamp", "snapshot", "targets")}
        self.signers["root"] = [CryptoSigner.generate_ed25519() for _ in range(3)]
        self.root = Root(expires=later(365))
        for role, signers in self.signers.items():
            for signer in signers:
                self.root.add_key(signer.public_key, role)
        self.root.roles["root"].threshold = 2
        self.targets, self.snapshot, self.timestamp = Targets(expires=later()), Snapshot(expires=later()), Timestamp(expires=later())
        self.delegated = {}
        self.add(FILE, CONTENT)
        self.publish_root(self.signers["root"])
        self.publish()

    def add(self, path, content, targets=None):
        info = TargetFile.from_data(path, content, ["sha256"])
        (targets or self.targets).targets[path] = info
        place = self.path / "targets" / pathlib.PurePosixPath(path).parent
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{info.hashes['sha256']}.{pathlib.PurePosixPath(path).name}").write_bytes(content)

    def write(self, name, signed, signers):
        document = Metadata(copy.deepcopy(signed))
        for signer in signers:
            document.sign(signer, append=True)
        data = document.to_bytes(PRETTY)
        (self.path / name).write_bytes(data)
        return data

    def publish_root(self, signers):
        self.write(f"{self.root.version}.root.json", self.root, signers)

    def publish(self):
        """The next version of everything but the root."""
        for name, (signed, signers) in self.delegated.items():
            data = self.write(f"{signed.version}.{name}.json", signed, signers)
            self.snapshot.meta[f"{name}.json"] = MetaFile.from_data(signed.version, data, ["sha256"])
        data = self.write(f"{self.targets.version}.targets.json", self.targets, self.signers["targets"])
        self.snapshot.meta["targets.json"] = MetaFile.from_data(self.targets.version, data, ["sha256"])
        data = self.write(f"{self.snapshot.version}.snapshot.json", self.snapshot, self.signers["snapshot"])
        self.timestamp.snapshot_meta = MetaFile.from_data(self.snapshot.version, data, ["sha256"])
        self.write("timestamp.json", self.timestamp, self.signers["timestamp"])

    def next(self):
        for signed in (self.targets, self.snapshot, self.timestamp):
            signed.version += 1
        self.publish()


class Client:
    """A client of Inkling with a memory of its own."""

    def __init__(self, name, repository):
        self.command, self.folder = CLIENTS[name], folder / f"client-{name}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.url = serve(repository.path)
        self.run(["init", str(repository.path / "1.root.json")])

    def run(self, what):
        options = {
            "metadata-dir": self.folder / "metadata",
            "metadata-url": self.url,
            "target-name": getattr(self, "name", FILE),
            "target-base-url": f"{self.url}/targets",
            "target-dir": self.folder / "files",
        }
        flags = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        return subprocess.run([*self.command, *flags, *what], capture_output=True, text=True, check=False)

    def update(self, what="refresh", name=FILE):
        self.name = name
        ran = self.run([what])
        self.said = ran.stderr
        return "taken" if ran.returncode == 0 else "refused"

    def files(self):
        return [p.read_bytes() for p in (self.folder / "files").glob("*")]


def story(name):
    """What a client says, case by case."""
    said = {}
    repository = Repository()
    client = Client(name, repository)
    said["good: first"] = client.update()
    said["good: download"] = client.update("download")
    assert client.files() == [CONTENT], client.said
    said["a file that is not there"] = client.update("download", "inkling/northgate/prod/stable/other.bin")
    repository.next()
    said["good: next version"] = client.update()
    saved = {p: p.read_bytes() for p in repository.path.glob("*.json")}

    def restored():
        for path, data in saved.items():
            path.write_bytes(data)

    def changed(case, pattern, edit):
        path = sorted(repository.path.glob(pattern))[-1]
        path.write_bytes(edit(path.read_bytes()))
        # One that has seen nothing: what is kept is not asked for again.
        said[case] = Client(name, repository).update()
        restored()

    for role in ("timestamp", "2.snapshot", "2.targets"):
        changed(f"{role} changed", f"{role}.json", lambda data: data.replace(b'"version": 2', b'"version": 3'))
    changed("another key", "timestamp.json", lambda _: repository.write("timestamp.json", repository.timestamp, [CryptoSigner.generate_ed25519()]))
    expired = copy.deepcopy(repository.timestamp)
    expired.expires = later(-1)
    changed("expired", "timestamp.json", lambda _: repository.write("timestamp.json", expired, repository.signers["timestamp"]))
    said["good: as it was"] = client.update()

    older = copy.deepcopy(repository.timestamp)
    older.version = 1
    repository.write("timestamp.json", older, repository.signers["timestamp"])
    said["rolled back"] = client.update()
    restored()

    # Another root: two of the old three keys stay.
    repository.root.version += 1
    new = CryptoSigner.generate_ed25519()
    gone = repository.signers["root"].pop()
    repository.root.revoke_key(gone.public_key.keyid, "root")
    repository.root.add_key(new.public_key, "root")
    repository.publish_root([*repository.signers["root"][:1], new])
    said["root by too few old keys"] = client.update()
    repository.publish_root([*repository.signers["root"], gone])
    said["good: root by old and new keys"] = client.update()
    repository.signers["root"].append(new)

    # Key rotation lets versions begin anew.
    repository.timestamp.version = repository.snapshot.version = repository.targets.version = 1_000_000
    repository.publish()
    said["good: fast forward"] = client.update()
    repository.timestamp.version = repository.snapshot.version = repository.targets.version = 3
    repository.publish()
    said["back from fast forward"] = client.update()
    repository.root.version += 1
    for role in ("timestamp", "snapshot"):
        old = repository.signers[role].pop()
        repository.root.revoke_key(old.public_key.keyid, role)
        repository.signers[role] = [CryptoSigner.generate_ed25519()]
        repository.root.add_key(repository.signers[role][0].public_key, role)
    repository.publish_root(repository.signers["root"])
    repository.publish()
    said["good: back after rotation"] = client.update()

    # Delegated files.
    signer = CryptoSigner.generate_ed25519()
    key: Key = signer.public_key
    role = DelegatedRole("models", [key.keyid], 1, True, paths=["models/*/x.bin"])
    repository.targets.delegations = Delegations({key.keyid: key}, {"models": role})
    models = Targets(expires=later())
    repository.add("models/a/x.bin", b"delegated", models)
    repository.add("models/a/b/x.bin", b"not covered", models)
    repository.delegated["models"] = (models, [signer])
    repository.next()
    said["good: delegated"] = client.update("download", "models/a/x.bin")
    said["outside the delegation"] = client.update("download", "models/a/b/x.bin")
    repository.delegated["models"] = (models, [CryptoSigner.generate_ed25519()])
    models.version += 1
    repository.next()
    said["delegated by another key"] = client.update("download", "models/a/x.bin")

    # Several files in one call; one that is known by its length alone is none.
    repository = Repository()
    repository.add("second.bin", b"abc")
    repository.next()
    client = Client(name, repository)
    client.name = "second.bin"
    said["good: two files"] = "taken" if client.run(["--target-name", FILE, "download"]).returncode == 0 else "refused"
    assert sorted(client.files()) == sorted([CONTENT, b"abc"]), client.files()
    repository.targets.targets["second.bin"].hashes = {}
    (repository.path / "targets/second.bin").write_bytes(b"xyz")
    repository.next()
    client = Client(name, repository)
    said["a file without a hash"] = client.update("download", "second.bin")
    assert not client.files(), client.files()
    return said


print(json.dumps({name: story(name) for name in CLIENTS}))
