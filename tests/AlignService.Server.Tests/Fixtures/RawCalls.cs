using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>Calls of any method with bytes as they are, so that they need not be messages.</summary>
internal static class RawCalls
{
    private static readonly Marshaller<byte[]> Raw = Marshallers.Create(given => given, given => given);

    /// <summary>Sends the messages and reads the answer to its end.</summary>
    /// <param name="channel">To the server.</param>
    /// <param name="method">One without a stream of requests takes the first message.</param>
    /// <param name="messages">At least one.</param>
    /// <param name="options">Deadline and cancellation.</param>
    /// <exception cref="RpcException">The call did not succeed.</exception>
    public static async Task SendAsync(GrpcChannel channel, MethodDescriptor method, IReadOnlyList<byte[]> messages, CallOptions options)
    {
        CallInvoker invoker = channel.CreateCallInvoker();
        switch (method.IsClientStreaming, method.IsServerStreaming)
        {
            case (false, false):
                await invoker.AsyncUnaryCall(Of(method, MethodType.Unary), null, options, messages[0]);
                break;
            case (false, true):
                using (AsyncServerStreamingCall<byte[]> call = invoker.AsyncServerStreamingCall(Of(method, MethodType.ServerStreaming), null, options, messages[0]))
                {
                    while (await call.ResponseStream.MoveNext(options.CancellationToken))
                    {
                    }
                }

                break;
            case (true, false):
                using (AsyncClientStreamingCall<byte[], byte[]> call = invoker.AsyncClientStreamingCall(Of(method, MethodType.ClientStreaming), null, options))
                {
                    await WriteAsync(call.RequestStream, messages, options.CancellationToken);
                    await call.ResponseAsync;
                }

                break;
            default:
                throw new NotSupportedException($"{method.FullName} has streams in both directions, which these tests do not know yet.");
        }
    }

    private static async Task WriteAsync(IClientStreamWriter<byte[]> stream, IReadOnlyList<byte[]> messages, CancellationToken cancellationToken)
    {
        try
        {
            foreach (byte[] message in messages)
            {
                await stream.WriteAsync(message, cancellationToken);
            }

            await stream.CompleteAsync();
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException)
        {
            // The server has answered already.
        }
    }

    private static Method<byte[], byte[]> Of(MethodDescriptor method, MethodType type) => new(type, method.Service.FullName, method.Name, Raw, Raw);
}
