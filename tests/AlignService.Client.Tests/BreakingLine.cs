using System.Net;
using System.Net.Sockets;

namespace AlignService.Client.Tests;

/// <summary>A TCP line to a server, which breaks after so many bytes, does not come about, or is cut.</summary>
internal sealed class BreakingLine : IAsyncDisposable
{
    private readonly Uri _server;
    private readonly long[] _budgets;
    private readonly List<Task> _accepting = [];
    private readonly IPEndPoint _place;
    private TcpListener _listener = new(IPAddress.Loopback, 0);
    private CancellationTokenSource _end = new();
    private int _connections;

    /// <param name="server">Where it leads.</param>
    /// <param name="budgets">For each connection in turn, the bytes of both directions after which it breaks: 0 refuses it. Later ones never break.</param>
    public BreakingLine(Uri server, params long[] budgets)
    {
        (_server, _budgets) = (server, budgets);
        _listener.Start();
        _place = (IPEndPoint)_listener.LocalEndpoint;
        _accepting.Add(AcceptAsync(_end.Token));
    }

    public Uri Address => new($"http://{_place}");

    /// <summary>So far, refused ones included.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Breaks every connection; further ones are refused by the system.</summary>
    public void Cut()
    {
        _end.Cancel();
        _listener.Stop();
    }

    /// <summary>After a cut; does nothing where the line is whole.</summary>
    public void Mend()
    {
        if (!_end.IsCancellationRequested)
        {
            return;
        }

        (_end, _listener) = (new CancellationTokenSource(), new TcpListener(_place));
        _listener.Start();
        _accepting.Add(AcceptAsync(_end.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await Task.WhenAll(_accepting);
        _end.Dispose();
    }

    private async Task AcceptAsync(CancellationToken end)
    {
        TcpListener listener = _listener;
        List<Task> lines = [];
        try
        {
            while (true)
            {
                TcpClient near = await listener.AcceptTcpClientAsync(end);
                int index = Interlocked.Increment(ref _connections) - 1;
                lines.Add(CarryAsync(near, index < _budgets.Length ? _budgets[index] : long.MaxValue, end));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(lines);
        }
    }

    private async Task CarryAsync(TcpClient near, long budget, CancellationToken end)
    {
        using (near)
        using (TcpClient far = new())
        {
            if (budget == 0)
            {
                return;
            }

            await far.ConnectAsync(_server.Host, _server.Port, end);
            long left = budget;
            await Task.WhenAny(CopyAsync(near, far), CopyAsync(far, near));

            async Task CopyAsync(TcpClient from, TcpClient to)
            {
                byte[] block = new byte[16 << 10];
                try
                {
                    for (int read; (read = await from.GetStream().ReadAsync(block, end)) > 0;)
                    {
                        if (Interlocked.Add(ref left, -read) < 0)
                        {
                            return;
                        }

                        await to.GetStream().WriteAsync(block.AsMemory(0, read), end);
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
