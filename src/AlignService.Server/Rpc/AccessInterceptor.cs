using AlignService.Server.Access;
using AlignService.Server.Hosting;
using AlignService.Store;
using AlignService.Store.Access;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace AlignService.Server.Rpc;

/// <summary>Lets calls in by their method's rule, and notes those that change something or are refused.</summary>
internal sealed class AccessInterceptor(Admission admission, CallerContext context, HostSettings settings, JobStore store, TimeProvider time) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext call, UnaryServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(call, request, () => continuation(request, call));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext call, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(call, request, async () =>
        {
            await continuation(request, responseStream, call);
            return (object?)null;
        });

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext call, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(call, null, () => continuation(requestStream, call));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext call, DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(call, null, async () =>
        {
            await continuation(requestStream, responseStream, call);
            return (object?)null;
        });

    private async Task<TResult> RunAsync<TResult>(ServerCallContext call, object? request, Func<Task<TResult>> answer)
    {
        AccessRule rule = AccessRules.Of(call.Method);
        if (rule.Role is not { } role)
        {
            return await answer();
        }

        Caller? caller = null;
        try
        {
            caller = await admission.AdmitAsync(call.GetHttpContext(), call.Method, role);
            TResult result = await answer();
            if (rule.Changes)
            {
                await NoteAsync(caller, call, ResourceOf(request) ?? ResourceOf(result), StatusCode.OK);
            }

            return result;
        }
        catch (Exception exception) when ((caller ?? context.Known) is { } known && (rule.Changes || exception is PermissionDeniedException))
        {
            await NoteAsync(known, call, ResourceOf(request), StatusOf(exception));
            throw;
        }
    }

    /// <summary>Nothing is noted of callers that nobody asks who they are, and nothing of unknown ones: they could fill the disk.</summary>
    private async Task NoteAsync(Caller caller, ServerCallContext call, string? resource, StatusCode status)
    {
        if (settings.RequiresAccess)
        {
            DateTimeOffset now = time.GetUtcNow();
            await store.Audit.AppendAsync(
                new AuditEntry(AuditEntry.NewId(now), now, caller.Name, caller.Project.ResourceName, call.Method, resource ?? "", status.ToString(), call.Peer),
                CancellationToken.None); // a caller that hangs up has changed it all the same
        }
    }

    private static StatusCode StatusOf(Exception exception) => exception switch
    {
        RpcException rpc => rpc.StatusCode,
        OperationCanceledException => StatusCode.Cancelled,
        AlignException refused => (StatusCode)ErrorStatus.Of(refused).Code,
        _ => StatusCode.Internal,
    };

    /// <summary>The name in a request, or of what a response holds.</summary>
    private static string? ResourceOf(object? message)
    {
        if (message is not IMessage given)
        {
            return null;
        }

        if (given.Descriptor.FindFieldByName("name") is { FieldType: FieldType.String, IsRepeated: false } name && name.Accessor.GetValue(given) is string { Length: > 0 } text)
        {
            return Text.ShortText.Cut(text, 200);
        }

        return given.Descriptor.Fields.InFieldNumberOrder()
            .Where(field => field is { FieldType: FieldType.Message, IsRepeated: false, MessageType.File.Package: "align.v1" })
            .Select(field => ResourceOf(field.Accessor.GetValue(given)))
            .FirstOrDefault(found => found is not null);
    }
}
