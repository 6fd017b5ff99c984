using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using Npgsql;

namespace AlignService.Store.Changes;

/// <summary>Listens on one connection for notifications from transactions of any process.</summary>
internal sealed class PostgresChangeSource(NpgsqlDataSource source, TimeProvider time) : IChangeSource
{
    public const string Channel = "align_jobs";

    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromSeconds(1);

    private readonly Followers _followers = new(time);
    private readonly SemaphoreSlim _starting = new(1);
    private readonly CancellationTokenSource _stop = new();
    private Task? _listening;

    public async Task<IJobChanges> FollowAsync(JobId? id, CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            _listening ??= KeepListeningAsync(await ListenAsync(cancellationToken));
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
        if (_listening is not null)
        {
            await _listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stop.Dispose();
        _starting.Dispose();
    }

    private async Task<NpgsqlConnection> ListenAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            connection.Notification += (_, notification) => _followers.Wake(notification.Payload);
            await using NpgsqlCommand command = connection.CreateCommand();
            command.CommandText = $"LISTEN {Channel}";
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task KeepListeningAsync(NpgsqlConnection connection)
    {
        while (true)
        {
            try
            {
                await using (connection)
                {
                    while (true)
                    {
                        await connection.WaitAsync(_stop.Token);
                    }
                }
            }
            catch (NpgsqlException)
            {
                // The connection broke. Until it is back, followers fall back on their own time limit.
                connection = await ReconnectAsync();
                _followers.WakeAll();
            }
        }
    }

    private async Task<NpgsqlConnection> ReconnectAsync()
    {
        while (true)
        {
            await Task.Delay(ReconnectDelay, time, _stop.Token);
            try
            {
                return await ListenAsync(_stop.Token);
            }
            catch (NpgsqlException)
            {
                // Still unreachable; calls to the database fail by themselves.
            }
        }
    }
}
