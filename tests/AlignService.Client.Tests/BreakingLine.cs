using System.Net;
using System.Net.Sockets;

namespace AlignService.Client.Tests;

/// <summary>A TCP line to a server, which breaks after so many bytes, or does not come about.</summary>
internal sealed class BreakingLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Uri _server;
    private readonly Task _accepting;
    private int _connections;

    /// <param name="server">Where it leads.</param>
    /// <param name="budgets">For each connection in turn, the bytes of both directions after which it breaks: 0 refuses it. Later ones never break.</param>
    public BreakingLine(Uri server, params long[] budgets)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync(budgets);
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>So far, refused ones included.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync(long[] budgets)
    {
        List<Task> lines = [];
        try
        {
            while (true)
            {
                TcpClient near = await _listener.AcceptTcpClientAsync(_end.Token);
                int index = Interlocked.Increment(ref _connections) - 1;
                lines.Add(CarryAsync(near, index < budgets.Length ? budgets[index] : long.MaxValue));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(lines);
        }
    }

    private async Task CarryAsync(TcpClient near, long budget)
    {
        using (near)
        using (TcpClient far = new())
        {
            if (budget == 0)
            {
                return;
            }

            await far.ConnectAsync(_server.Host, _server.Port, _end.Token);
            long left = budget;
            await Task.WhenAny(CopyAsync(near, far), CopyAsync(far, near));

            async Task CopyAsync(TcpClient from, TcpClient to)
            {
                byte[] block = new byte[16 << 10];
                try
                {
                    for (int read; (read = await from.GetStream().ReadAsync(block, _end.Token)) > 0;)
                    {
                        if (Interlocked.Add(ref left, -read) < 0)
                        {
                            return;
                        }

                        await to.GetStream().WriteAsync(block.AsMemory(0, read), _end.Token);
                    }
                }
                catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
                {
                    // The other direction has ended it.
                }
            }
        }
    }
}
