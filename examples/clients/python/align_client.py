#!/usr/bin/env python3
"""A client of AlignService that needs grpcio and protobuf (Debian: python3-grpcio), and no generated code.

    align_client.py HOST:PORT submit JOB.json     queues a job (proto3 JSON) and follows it; exit status 0 if it succeeds
    align_client.py HOST:PORT validate JOB.json   prints everything that is wrong with it; exit status 2 if anything is
    align_client.py HOST:PORT list                prints the newest jobs
    align_client.py HOST:PORT push datasets/ID FILE
                                                  uploads a file of data; interrupted, the same command continues
    align_client.py HOST:PORT pull jobs/ID/checkpoints/best DIRECTORY
                                                  downloads what was trained, and compares every checksum

ALIGN_API_KEY holds the key, if the server asks for one. The messages come from protos/image.binpb, which holds the descriptors of every version's promise.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

IMAGE = Path(__file__).resolve().parents[3] / "protos" / "image.binpb"
CHUNK = 64 << 10


def load_pool():
    """The descriptors of the service, and those of google.rpc that describe an error."""
    files = descriptor_pb2.FileDescriptorSet.FromString(IMAGE.read_bytes()).file
    status = descriptor_pb2.FileDescriptorProto(name="google/rpc/error.proto", package="google.rpc", syntax="proto3", dependency=["google/protobuf/any.proto"])
    status.message_type.add(name="Status").field.extend([
        field("code", 1, "TYPE_INT32"),
        field("message", 2, "TYPE_STRING"),
        field("details", 3, "TYPE_MESSAGE", ".google.protobuf.Any", repeated=True),
    ])
    bad_request = status.message_type.add(name="BadRequest")
    bad_request.nested_type.add(name="FieldViolation").field.extend([
        field("field", 1, "TYPE_STRING"),
        field("description", 2, "TYPE_STRING"),
        field("reason", 3, "TYPE_STRING"),
    ])
    bad_request.field.append(field("field_violations", 1, "TYPE_MESSAGE", ".google.rpc.BadRequest.FieldViolation", repeated=True))
    pool = descriptor_pool.DescriptorPool()
    from google.protobuf import any_pb2
    any_file = descriptor_pb2.FileDescriptorProto()
    any_pb2.DESCRIPTOR.CopyToProto(any_file)
    for one in [any_file, *files, status]:
        pool.Add(one)
    return pool


def field(name, number, kind, type_name=None, repeated=False):
    proto = descriptor_pb2.FieldDescriptorProto(name=name, number=number, type=kind, label="LABEL_REPEATED" if repeated else "LABEL_OPTIONAL")
    if type_name:
        proto.type_name = type_name
    return proto


class AlignClient:
    def __init__(self, address):
        self.pool = load_pool()
        self.channel = grpc.insecure_channel(address)
        key = os.environ.get("ALIGN_API_KEY")
        self.metadata = [("authorization", f"Bearer {key}")] if key else []

    def message(self, name):
        descriptor = self.pool.FindMessageTypeByName(name)
        if hasattr(message_factory, "GetMessageClass"):
            return message_factory.GetMessageClass(descriptor)
        return message_factory.MessageFactory(self.pool).GetPrototype(descriptor)

    def request(self, name, fields):
        return json_format.ParseDict(fields, self.message(f"align.v1.{name}Request")(), descriptor_pool=self.pool)

    def method(self, kind, name, service):
        """A method of a service: kind is unary_unary, unary_stream or stream_unary."""
        response = self.message(f"align.v1.{name}Response")
        return getattr(self.channel, kind)(f"/align.v1.{service}/{name}", lambda message: message.SerializeToString(), response.FromString)

    def call(self, name, fields, timeout=60, service="JobService"):
        return self.method("unary_unary", name, service)(self.request(name, fields), timeout=timeout, metadata=self.metadata)

    def watch(self, name, after_cursor=0):
        """The job's events, first those that happened, then live until it has ended."""
        request = self.request("WatchJob", {"name": name, "after_cursor": str(after_cursor)})
        for item in self.method("unary_stream", "WatchJob", "JobService")(request, metadata=self.metadata):
            yield item.event

    def push(self, name, path):
        """Uploads a file as a dataset; what an earlier attempt sent is not sent again."""
        content = path.read_bytes()
        declared = {"path": path.name, "size_bytes": str(len(content)), "sha256": hashlib.sha256(content).hexdigest()}
        begun = self.call("BeginUpload", {"name": name, "files": [declared]}, service="DatasetService")
        if begun.HasField("dataset"):
            return begun.dataset, []

        received = sum(file.received_bytes for file in begun.received if file.path == path.name)
        request = self.message("align.v1.UploadDatasetRequest")

        def messages():
            yield request(upload=begun.upload)
            for start in range(received, len(content), CHUNK):
                message = request()
                message.chunk.path, message.chunk.offset, message.chunk.data = path.name, start, content[start:start + CHUNK]
                yield message

        response = self.method("stream_unary", "UploadDataset", "DatasetService")(messages(), metadata=self.metadata)
        return (response.dataset if response.HasField("dataset") else None), list(response.faults)

    def pull(self, name, directory):
        """Downloads a model or a checkpoint into a new directory."""
        directory.mkdir(parents=True)
        hashes = {}
        for message in self.method("unary_stream", "DownloadModel", "ModelService")(self.request("DownloadModel", {"name": name}), metadata=self.metadata):
            if message.HasField("chunk"):
                chunk = message.chunk
                target = (directory / chunk.path).resolve()
                if directory.resolve() not in target.parents:
                    raise ValueError(f"{chunk.path} would be written elsewhere")
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("ab") as file:
                    file.write(chunk.data)
                hashes.setdefault(chunk.path, hashlib.sha256()).update(chunk.data)
                if chunk.sha256 and hashes[chunk.path].hexdigest() != chunk.sha256:
                    raise ValueError(f"{chunk.path} was damaged on the way")

    def violations(self, error):
        """What an error says about single fields: (field, description, reason), as many as an error has room for."""
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                for detail in self.message("google.rpc.Status").FromString(value).details:
                    if detail.type_url.endswith("/google.rpc.BadRequest"):
                        bad = self.message("google.rpc.BadRequest").FromString(detail.value)
                        return [(one.field, one.description, one.reason) for one in bad.field_violations]
        return []


def main(address, command, *arguments):
    client = AlignClient(address)
    if command == "list":
        for job in client.call("ListJobs", {"page_size": 20}).jobs:
            print(job.name, job.spec.display_name)
        return 0

    if command == "push":
        dataset, faults = client.push(arguments[0], Path(arguments[1]))
        print(f"{dataset.name}: {dataset.row_count} rows" if dataset else "\n".join(faults))
        return 0 if dataset else 2

    if command == "pull":
        client.pull(arguments[0], Path(arguments[1]))
        print(f"{arguments[0]} is in {arguments[1]}")
        return 0

    spec = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    if command == "validate":
        response = client.call("CreateJob", {"spec": spec, "validate_only": True, "list_violations": True})
        for violation in response.violations:
            print(f"{violation.field}: {violation.description}")
        return 2 if response.violations else 0

    try:
        job = client.call("CreateJob", {"spec": spec}).job
    except grpc.RpcError as error:
        print(error.code().name, error.details().split("\n")[0], file=sys.stderr)
        for name, description, reason in client.violations(error):
            print(f"{name} [{reason}]: {description}", file=sys.stderr)
        return 2

    for event in client.watch(job.name):
        if event.text:
            print(event.text, flush=True)
    states = client.pool.FindEnumTypeByName("align.v1.JobState").values_by_number
    state = states[client.call("GetJob", {"name": job.name}).job.state].name
    print(job.name, state)
    return 0 if state == "JOB_STATE_SUCCEEDED" else 4


if __name__ == "__main__":
    if len(sys.argv) < 3:
        print(__doc__)
        sys.exit(2)
    sys.exit(main(*sys.argv[1:]))
