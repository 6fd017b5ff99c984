using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace AlignService.Server.Rpc;

/// <summary>
/// A service of the wire. Its methods are virtual and have the generated signatures; it carries [BindServiceMethod(typeof(ParsedRequests&lt;itself&gt;), "BindService")].
/// </summary>
internal interface IWireService
{
    static abstract ServiceDescriptor Descriptor { get; }

    /// <summary>Binds every method of the proto without a handler: the library finds those of the class by name.</summary>
    static abstract void Bind(ServiceBinderBase binder);
}

/// <summary>Binds a service so that bytes which are not the method's request are the caller's fault, INVALID_ARGUMENT; the library says UNKNOWN and logs a failure.</summary>
internal static class ParsedRequests<TService>
    where TService : class, IWireService
{
    /// <summary>What reflection tells of the service; found by name.</summary>
    public static ServiceDescriptor Descriptor => TService.Descriptor;

    /// <summary>Called by the gRPC library, by name.</summary>
    public static void BindService(ServiceBinderBase binder, TService service)
    {
        _ = service; // in the signature by which the method is found
        TService.Bind(new Binder(binder));
    }

    private static Method<TRequest, TResponse> Checked<TRequest, TResponse>(Method<TRequest, TResponse> method)
        where TRequest : class
        where TResponse : class
    {
        Marshaller<TRequest> request = method.RequestMarshaller;
        return new Method<TRequest, TResponse>(method.Type, method.ServiceName, method.Name, Marshallers.Create(request.ContextualSerializer, Parse), method.ResponseMarshaller);

        TRequest Parse(DeserializationContext context)
        {
            try
            {
                return request.ContextualDeserializer(context);
            }
            catch (InvalidProtocolBufferException exception)
            {
                throw new RpcException(new Status(StatusCode.InvalidArgument, $"The request is not a {typeof(TRequest).Name}: {exception.Message} Encode it by protos/align/v1."));
            }
        }
    }

    private sealed class Binder(ServiceBinderBase inner) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) => inner.AddMethod(Checked(method), handler);

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) => inner.AddMethod(Checked(method), handler);

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) => inner.AddMethod(Checked(method), handler);

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) => inner.AddMethod(Checked(method), handler);
    }
}
