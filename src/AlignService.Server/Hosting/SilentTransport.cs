using System.Net;
using Microsoft.AspNetCore.Connections;

namespace AlignService.Server.Hosting;

/// <summary>"Listens" on a <see cref="SilentEndPoint"/>: accepts nothing until it is unbound.</summary>
internal sealed class SilentTransport : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is SilentEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(new Listener(endpoint));

    private sealed class Listener(EndPoint endPoint) : IConnectionListener
    {
        private readonly TaskCompletionSource<ConnectionContext?> _unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => endPoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => new(_unbound.Task);

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _unbound.TrySetResult(null);
            return default;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}

/// <summary>An endpoint that nobody can connect to: it only carries the HTTP/1.1 pipeline that <see cref="HttpVersionSplitter"/> hands connections to.</summary>
internal sealed class SilentEndPoint : EndPoint
{
    public override string ToString() => "http1";
}
