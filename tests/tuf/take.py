"""take.py RELEASE ROOT: python-tuf updates from a release folder that Inkling wrote, beginning with a root, and downloads
every file. Then a byte of each document and file is changed in turn; python-tuf must refuse."""

import json
import pathlib
import sys
import tempfile

from serving import serve
from tuf.ngclient import Updater

release, root = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
url = serve(release)


def update():
    """Versions and bytes as a client that has seen nothing yet gets them."""
    with tempfile.TemporaryDirectory() as folder:
        updater = Updater(
            folder, f"{url}/", target_dir=folder, target_base_url=f"{url}/targets/", bootstrap=root.read_bytes()
        )
        updater.refresh()
        trusted = updater._trusted_set
        files = {}
        for path in trusted.targets.targets:
            info = updater.get_targetinfo(path)
            target = pathlib.Path(folder, "target")
            updater.download_target(info, str(target))
            files[path] = target.read_bytes()
        return trusted.root.version, trusted.timestamp.version, files


root_version, timestamp_version, files = update()
latest = max(int(p.name.split(".")[0]) for p in release.glob("*.targets.json"))
documents = ["timestamp.json", f"{latest}.snapshot.json", f"{latest}.targets.json", f"{root_version}.root.json"]
targets = [p for p in release.rglob("targets/**/*") if p.is_file() and p.suffix != ".br"]
refused = 0
for path in [release / name for name in documents] + targets:
    whole = path.read_bytes()
    at = whole.find(b'"version":') + 10 if path.suffix == ".json" else len(whole) // 2
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    try:
        update()
    except Exception:
        refused += 1
    else:
        # An older file of the folder is not asked for.
        assert not any(bytes(whole) == known for known in files.values()), f"{path} was taken"
    path.write_bytes(whole)
update()
print(json.dumps({"root": root_version, "timestamp": timestamp_version, "files": len(files), "refused": refused}))
