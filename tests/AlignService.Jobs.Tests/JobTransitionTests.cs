using Xunit;

namespace AlignService.Jobs.Tests;

public sealed class JobTransitionTests
{
    [Fact]
    public void Table_IsTheOneOfTheDesign()
    {
        string[] allowed = [.. Enum.GetValues<JobState>()
            .SelectMany(from => Enum.GetValues<JobState>().Where(to => JobTransition.IsAllowed(from, to)).Select(to => $"{from}>{to}"))];
        Assert.Equal(
            [
                "Queued>Preparing", "Queued>Failed", "Queued>Cancelled", "Queued>Paused",
                "Preparing>Queued", "Preparing>Preparing", "Preparing>Running", "Preparing>Failed", "Preparing>Cancelled", "Preparing>Paused",
                "Running>Queued", "Running>Preparing", "Running>Succeeded", "Running>Failed", "Running>Cancelled", "Running>Paused",
                "Paused>Queued", "Paused>Cancelled",
            ],
            allowed);
        Assert.Equal([JobState.Succeeded, JobState.Failed, JobState.Cancelled], Enum.GetValues<JobState>().Where(JobTransition.IsEnd));
    }
}
