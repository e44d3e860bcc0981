"""Writes provider.json anew: the arguments of Google's Terraform provider, for the resources that deploy/terraform uses.

The provider itself is a download of 100 MB that only Terraform's registry has. The npm package @cdktf/provider-google
has typings of every resource; unpack it somewhere and give its folder:

    npm install --prefix /tmp/typings @cdktf/provider-google@16.12.1
    python3 tests/deploy/provider/read.py /tmp/typings/node_modules/@cdktf/provider-google > tests/deploy/provider/provider.json

A block is an object whose key "" says how often it may stand there ("one", "many"); "!" is required, "=" is computed.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TYPES = {"string": "string", "number": "number", "boolean": "bool", "string[]": "list string", "number[]": "list number"}
INTERFACE = re.compile(r"^export interface (\w+)(?: extends [\w.]+)? \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
PROPERTY = re.compile(r"(/\*\*(?:(?!\*/).)*\*/)\s*readonly (\w+)(\??): (\{.*?\}(?: \| [^;]+)?|[^;{]+);", re.DOTALL)


def snake(name):
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def type_of(text):
    text = " ".join(text.replace("| cdktf.IResolvable", "").split())
    return "map string" if text.startswith("{ [key: string]") else TYPES.get(text), text


def block(interfaces, name):
    found = {}
    for doc, camel, optional, text in PROPERTY.findall(interfaces[name]):
        known_as = re.findall(r"#(\w+) \w+#\w+\}", doc)
        key, need = known_as[0] if known_as else snake(camel), "" if optional else "!"
        simple, text = type_of(text)
        if simple:
            found[key] = simple + need
        else:
            inner = text.removesuffix("[]")
            found[key] = {"": ("many" if inner != text else "one") + need, **block(interfaces, inner)}
    return found


def resource(source):
    made = re.search(r"export declare class (\w+) extends cdktf\.TerraformResource", source)
    found = block(dict(INTERFACE.findall(source)), made[1] + "Config")
    for camel, text in re.findall(r"^    get (\w+)\(\): ([^;]+);", source[made.end() :], re.MULTILINE):
        if snake(camel) not in found and not camel.endswith("Input"):
            found[snake(camel)] = "=" + TYPES.get(text, "string")
    return found


def main(package):
    source = "".join(p.read_text() for p in sorted(ROOT.glob("deploy/terraform/**/*.tf")))
    used = sorted(set(re.findall(r'^resource "(google_\w+)"', source, re.MULTILINE)))
    typings = {name: package / "lib" / name.removeprefix("google_").replace("_", "-") / "index.d.ts" for name in used}
    version = json.loads((package / "package.json").read_text())["cdktf"]["provider"]["version"]
    resources = {name: resource(path.read_text()) for name, path in typings.items()}
    print(json.dumps({"version": version, "resources": resources}, indent=1))


main(Path(sys.argv[1]))
