using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using Microsoft.Data.Sqlite;

namespace AlignService.Store.Changes;

/// <summary>Polls SQLite at short intervals for changes by other connections; costs microseconds.</summary>
internal sealed class SqliteChangeSource(Func<CancellationToken, Task<SqliteConnection>> open, TimeProvider time) : IChangeSource
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly Followers _followers = new(time);
    private readonly SemaphoreSlim _starting = new(1);
    private readonly CancellationTokenSource _stop = new();
    private Task? _polling;

    public async Task<IJobChanges> FollowAsync(JobId? id, CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            _polling ??= PollAsync(await open(cancellationToken));
        }
        finally
        {
            _starting.Release();
        }

        return _followers.Add(id?.Value);
    }

    public void Changed(IReadOnlyCollection<string> jobIds)
    {
        foreach (string job in jobIds)
        {
            _followers.Wake(job);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_polling is not null)
        {
            await _polling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stop.Dispose();
        _starting.Dispose();
    }

    private async Task PollAsync(SqliteConnection connection)
    {
        await using SqliteConnection owned = connection;
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA data_version";
        object? last = await command.ExecuteScalarAsync(_stop.Token);
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            if (_followers.IsEmpty)
            {
                continue;
            }

            object? version = await command.ExecuteScalarAsync(_stop.Token);
            if (!Equals(version, last))
            {
                last = version;
                _followers.WakeAll();
            }
        }
    }
}
