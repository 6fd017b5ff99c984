using System.Diagnostics;
using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;

namespace AlignService.Server.Tests.Telemetry;

/// <summary>A run of three steps that computes nothing, with the spans that a real one makes.</summary>
internal sealed class FakeTrainingRun : ITrainingRun, ITrainingRunFactory
{
    private static readonly ActivitySource Source = new("AlignService.Training");

    public bool IsBetweenSteps => true;

    public int TotalSteps => 3;

    public long Heartbeat => 0;

    public int CompletedSteps { get; private set; }

    public ITrainingRun Create(Job job) => this;

    public void Prepare(string? checkpointDirectory, CancellationToken cancellationToken)
    {
    }

    public RunReport? Evaluate(CancellationToken cancellationToken) => null;

    public RunReport RunStep(CancellationToken cancellationToken)
    {
        using (Source.StartActivity("rollout"))
        {
        }

        using (Source.StartActivity("update"))
        {
        }

        CompletedSteps++;
        return new RunReport { Metrics = new Dictionary<string, double> { ["reward/mean"] = 0.25 * CompletedSteps, ["policy/kl"] = 0.125, ["time/rollout"] = 2 } };
    }

    public IReadOnlyList<LogMessage> SaveCheckpoint(string directory)
    {
        File.WriteAllText(Path.Combine(directory, "config.json"), "{}");
        return [];
    }

    public void Dispose()
    {
    }
}
