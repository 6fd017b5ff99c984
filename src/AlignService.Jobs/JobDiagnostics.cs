using System.Diagnostics;
using System.Diagnostics.Metrics;
using AlignService.Specs.Resources;

namespace AlignService.Jobs;

/// <summary>The job engine's telemetry. The process decides who listens and where it is sent.</summary>
internal static class JobDiagnostics
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "AlignService.Jobs";

    internal static readonly ActivitySource Source = new(Name);

    internal static readonly Meter Meter = new(Name);

    /// <summary>The root of a step's trace, above those of training and checkpoint.</summary>
    internal static Activity? StartStep(JobId id, int step) => StartRoot("step", id, step);

    /// <summary>The root of an evaluation before the first step; later ones are part of their step.</summary>
    internal static Activity? StartEvaluation(JobId id, int step) =>
        Activity.Current is null ? StartRoot("evaluation", id, step) : Source.StartActivity("evaluation");

    internal static Activity? StartCheckpoint() => Source.StartActivity("checkpoint");

    private static Activity? StartRoot(string name, JobId id, int step)
    {
        Activity.Current = null;
        Activity? root = Source.StartActivity(name);
        root?.SetTag("job.id", id.Value);
        root?.SetTag("step", step);
        return root;
    }
}
