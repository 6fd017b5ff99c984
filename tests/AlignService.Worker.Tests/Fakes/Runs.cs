using AlignService.Specs.JobKinds;
using Xunit;

namespace AlignService.Worker.Tests.Fakes;

/// <summary>Runs that are ready for their next step.</summary>
internal static class Runs
{
    public static PolicyOptimizationRun Load(GrpoJob job, string? checkpoint = null, RunEnvironment? environment = null)
    {
        PolicyOptimizationRun run = new(job, environment ?? new());
        run.Prepare(checkpoint, TestContext.Current.CancellationToken);
        return run;
    }

    public static ExampleRun Load(ExampleRun run, string? checkpoint)
    {
        run.Prepare(checkpoint, TestContext.Current.CancellationToken);
        return run;
    }
}
