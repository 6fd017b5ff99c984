using AlignService.Cli.Output;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Connections;

/// <summary>What a job's final state means to whoever waits for it.</summary>
internal static class JobEnd
{
    public static ExitCode ToExitCode(JobState state) => state switch
    {
        JobState.Failed => ExitCode.JobFailed,
        JobState.Cancelled => ExitCode.JobCancelled,
        _ => ExitCode.Ok,
    };
}
