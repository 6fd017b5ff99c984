using System.Globalization;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Workers;

/// <summary>
/// Holds a job where it cannot write, with everything it has in memory, and lets it go on when it can: nothing is lost, and nobody has to do anything but make
/// space. Tries again with growing pauses.
/// </summary>
internal sealed class StorageWait
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    private readonly JobId _jobId;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationToken _stopping;
    private readonly Queue<LogMessage> _untold = new();

    /// <param name="jobId">The job that waits.</param>
    /// <param name="time">The clock of the pauses.</param>
    /// <param name="logger">Receives one record when the job is held, and one when it goes on.</param>
    /// <param name="stopping">The process must exit: there is no time to wait.</param>
    public StorageWait(JobId jobId, TimeProvider time, ILogger logger, CancellationToken stopping) =>
        (_jobId, _time, _logger, _stopping) = (jobId, time, logger, stopping);

    /// <summary>Records a message for the user. Fails where the store is what takes nothing; the message is then recorded later.</summary>
    public Func<LogMessage, Task>? Tell { get; set; }

    /// <param name="subject">What is written, for the message.</param>
    /// <param name="work">Writes all of it or nothing; may run several times.</param>
    /// <param name="cancellationToken">The work must stop at once.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled meanwhile.</exception>
    public async Task<T> RunAsync<T>(string subject, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        long since = _time.GetTimestamp();
        TimeSpan pause = FirstPause;
        for (bool isHeld = false; ; isHeld = true)
        {
            try
            {
                T result = await work();
                if (isHeld)
                {
                    await ContinueAsync(subject, _time.GetElapsedTime(since));
                }

                return result;
            }
            catch (Exception exception) when (!_stopping.IsCancellationRequested && StorageFault.Of(exception) is { } fault)
            {
                if (!isHeld)
                {
                    await HoldAsync(subject, fault, exception);
                }

                await DelayAsync(pause, cancellationToken);
            }

            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    public Task RunAsync(string subject, Func<Task> work, CancellationToken cancellationToken) => RunAsync(
        subject,
        async () =>
        {
            await work();
            return true;
        },
        cancellationToken);

    private async Task DelayAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        using var interrupted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping);
        await Task.Delay(pause, _time, interrupted.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // Where only the process stops, the work gets its last chance.
        cancellationToken.ThrowIfCancellationRequested();
    }

    private Task HoldAsync(string subject, StorageFault fault, Exception exception)
    {
        WorkerLog.StorageHeld(_logger, exception, _jobId, subject);
        return TellAsync(new LogMessage(
            LogSeverity.Warning,
            string.Create(
                CultureInfo.InvariantCulture,
                $"the job is paused: {subject} cannot be written ({fault.Text}). Nothing is lost; it goes on by itself when it can write again, and tries at least every {LongestPause.TotalSeconds:0} s")));
    }

    private Task ContinueAsync(string subject, TimeSpan held)
    {
        WorkerLog.StorageContinued(_logger, _jobId, subject, held);
        return TellAsync(new LogMessage(LogSeverity.Info, string.Create(CultureInfo.InvariantCulture, $"the job goes on after {held.TotalSeconds:0} s: {subject} could be written")));
    }

    private async Task TellAsync(LogMessage message)
    {
        _untold.Enqueue(message);
        if (Tell is not { } tell)
        {
            return;
        }

        try
        {
            while (_untold.TryPeek(out LogMessage? next))
            {
                await tell(next);
                _untold.Dequeue();
            }
        }
        catch (Exception exception) when (StorageFault.Of(exception) is not null)
        {
            // The log has it; the job's events get it when they can.
        }
    }
}
