using AlignService.Cli.Wording;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Watching;

/// <summary>How long a running job has to go at the pace of its latest steps.</summary>
internal static class TimeLeft
{
    /// <summary>Empty where it is not running, or its pace is not known yet.</summary>
    public static string Of(Job job, DateTimeOffset now)
    {
        if (job.EstimatedEndTime is not { } end)
        {
            return "";
        }

        TimeSpan left = end.ToDateTimeOffset() - now;
        return $"about {DurationWords.Format(left > TimeSpan.Zero ? left : TimeSpan.Zero)} left";
    }
}
