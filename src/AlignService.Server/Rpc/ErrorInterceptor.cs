using System.Data.Common;
using AlignService.Jobs.Ports;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AlignService.Server.Rpc;

/// <summary>The one place where an error becomes a gRPC status with its details.</summary>
internal sealed class ErrorInterceptor(IHostApplicationLifetime lifetime, ILogger<ErrorInterceptor> log) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw Translate(exception, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw Translate(exception, context);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw Translate(exception, context);
        }
    }

    private RpcException Translate(Exception exception, ServerCallContext context)
    {
        // The caller hung up: nobody reads the answer, and what a broken pipe throws says nothing.
        if (context.CancellationToken.IsCancellationRequested)
        {
            return new RpcException(new Status(StatusCode.Cancelled, "The caller cancelled the request."));
        }

        switch (exception)
        {
            case OperationCanceledException or ObjectDisposedException when lifetime.ApplicationStopping.IsCancellationRequested:
                return new RpcException(new Status(StatusCode.Unavailable, "The server is shutting down; retry, and continue a watch from its last cursor."));
            case AlignException refused:
                ErrorLog.Refused(log, context.Method, refused.Message);
                return ErrorStatus.Of(refused).ToRpcException();
            case IOException disk when StorageFault.Of(disk) is { } fault:
                ErrorLog.StoreFailed(log, context.Method, fault.Text);
                return ErrorStatus.OfDisk(fault).ToRpcException();
            case DbException store:
                ErrorLog.StoreFailed(log, context.Method, store.Message);
                return ErrorStatus.OfStore(store).ToRpcException();
            default:
                ErrorLog.Broke(log, context.Method, exception);
                return ErrorStatus.OfUnforeseen(exception).ToRpcException();
        }
    }
}

internal static partial class ErrorLog
{
    [LoggerMessage(EventId = 1, EventName = "request_refused", Level = LogLevel.Debug, Message = "{Method} was refused: {Message}")]
    public static partial void Refused(ILogger logger, string method, string message);

    [LoggerMessage(EventId = 3, EventName = "store_failed", Level = LogLevel.Warning, Message = "{Method} was not carried out, because of the store: {Message}")]
    public static partial void StoreFailed(ILogger logger, string method, string message);

    [LoggerMessage(EventId = 2, EventName = "request_failed", Level = LogLevel.Error, Message = "{Method} failed")]
    public static partial void Broke(ILogger logger, string method, Exception exception);
}
