using AlignService.Server.Hosting;
using AlignService.Store.Resources;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AlignService.Server.Uploads;

/// <summary>Removes uploads that nobody continues, and what processes left that ended in the middle of something: at once, and then every hour.</summary>
internal sealed class ResourceSweep(ResourceStores stores, HostSettings settings, TimeProvider time, ILogger<ResourceSweep> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    public void Sweep()
    {
        TimeSpan age = TimeSpan.FromHours(settings.UploadHours);
        foreach (ResourceStore store in stores.All)
        {
            store.Sweep(age);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                Sweep();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The next round tries again.
                ResourceLog.SweepFailed(log, exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}

internal static partial class ResourceLog
{
    [LoggerMessage(EventId = 1, EventName = "resource_sweep_failed", Level = LogLevel.Warning, Message = "What uploads left over could not be removed; it is tried again in an hour")]
    public static partial void SweepFailed(ILogger logger, Exception exception);
}
