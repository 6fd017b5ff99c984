#!/usr/bin/env python3
"""A scorer for rewards of the kind `remote`: scorer.py PORT [TOKEN]

It needs grpcio and protobuf (Debian: python3-grpcio), and no generated code: the messages come from protos/image.binpb. The score of a completion is the share
of its neighbouring letters that are in alphabetical order.
"""

import sys
from concurrent import futures
from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

IMAGE = Path(__file__).resolve().parents[3] / "protos" / "image.binpb"


def message(name):
    """A message of align.reward.v1, whose file needs no other."""
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(IMAGE.read_bytes()).file:
        if file.package == "align.reward.v1":
            pool.Add(file)
    descriptors = {one: pool.FindMessageTypeByName(f"align.reward.v1.{one}") for one in name}
    if hasattr(message_factory, "GetMessageClass"):
        return [message_factory.GetMessageClass(descriptors[one]) for one in name]
    factory = message_factory.MessageFactory(pool)
    return [factory.GetPrototype(descriptors[one]) for one in name]


ScoreRequest, ScoreResponse = message(["ScoreRequest", "ScoreResponse"])


class OrderScorer:
    def __init__(self, token):
        self.token = token

    def score(self, request, context):
        if self.token and ("authorization", f"Bearer {self.token}") not in context.invocation_metadata():
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "the token is not right")

        response = ScoreResponse()
        for completion in request.completions:
            letters = [letter for letter in completion.completion if "a" <= letter <= "z"]
            if len(letters) < 2:
                # No score is an answer too; it is not taken for 0, and not asked for again.
                response.scores.add(id=completion.id, no_score="it has fewer than two letters")
            else:
                in_order = sum(one <= other for one, other in zip(letters, letters[1:]))
                response.scores.add(id=completion.id, score=in_order / (len(letters) - 1))
        return response


def main(port, token=None):
    handler = grpc.unary_unary_rpc_method_handler(
        OrderScorer(token).score, request_deserializer=ScoreRequest.FromString, response_serializer=lambda response: response.SerializeToString()
    )
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("align.reward.v1.RewardScorer", {"Score": handler})])
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    print("ready", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print(__doc__)
        sys.exit(2)
    main(*sys.argv[1:])
