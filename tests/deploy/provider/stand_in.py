"""A stand-in for Google's Terraform provider, with the arguments of provider.json: enough for `validate` and `plan`.

It talks to nobody and checks no value: names, types, what is required, and what refers to what, are Terraform's work.
"""

import json
import os
import sys
from concurrent import futures
from pathlib import Path

import grpc
import msgpack
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

HERE = Path(__file__).parent
RESOURCES = json.loads((HERE / "provider.json").read_text())["resources"]
SINGLE, LIST = 1, 2
# Given by the provider when the configuration does not.
DEFAULTED = {"id", "project", "region"}

sys.path.insert(0, str(HERE))
messages, services = grpc.protos_and_services("tfplugin5.proto")


def block(spec, top=False):
    made = messages.Block()
    for name, known in spec.items():
        if isinstance(known, dict):
            how = known[""]
            if name == "timeouts":
                made.nested.add(name=name, block=block(known), nesting=SINGLE)
            else:
                most = 1 if how.startswith("one") else 0
                made.nested.add(name=name, block=block(known), nesting=LIST, least=int(how.endswith("!")), most=most)
        elif name:
            words = known.strip("=!").split()
            type_ = json.dumps(words[0] if len(words) == 1 else words).encode()
            required, computed = known.endswith("!"), known.startswith("=")
            made.arguments.add(
                name=name,
                type=type_,
                required=required,
                optional=not required and not computed,
                computed=computed or (top and not required and name in DEFAULTED),
            )
    return made


class Provider(services.ProviderServicer):
    def GetSchema(self, request, context):
        own = {name: "string" for name in ("project", "region", "zone", "user_project_override")}
        schemas = messages.Schemas(provider=messages.Schema(block=block(own)))
        for name, spec in RESOURCES.items():
            schemas.resources[name].CopyFrom(messages.Schema(block=block(spec, top=True)))
        return schemas

    def PrepareProviderConfig(self, request, context):
        return request

    def ValidateResourceTypeConfig(self, request, context):
        return messages.Validate()

    def Configure(self, request, context):
        return messages.Validate()

    def PlanResourceChange(self, request, context):
        plan = msgpack.unpackb(request.proposed.msgpack, strict_map_key=False)
        if plan is not None:
            for name, known in RESOURCES[request.type].items():
                given_by_provider = isinstance(known, str) and (known.startswith("=") or name in DEFAULTED)
                if given_by_provider and plan.get(name) is None:
                    plan[name] = msgpack.ExtType(0, b"\0")  # known after apply
        return messages.Plan(planned=messages.Value(msgpack=msgpack.packb(plan)), legacy=True)

    def Stop(self, request, context):
        return messages.Empty()


def main():
    server = grpc.server(futures.ThreadPoolExecutor(4))
    services.add_ProviderServicer_to_server(Provider(), server)
    state = health.HealthServicer()
    state.set("plugin", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(state, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    address = {"Network": "tcp", "String": f"127.0.0.1:{port}"}
    here = {"Protocol": "grpc", "ProtocolVersion": 5, "Pid": os.getpid(), "Test": True, "Addr": address}
    # What Terraform takes from the environment variable TF_REATTACH_PROVIDERS.
    print(json.dumps({"hashicorp/google": here}), flush=True)
    sys.stdin.read()  # until whoever started this goes away


main()
