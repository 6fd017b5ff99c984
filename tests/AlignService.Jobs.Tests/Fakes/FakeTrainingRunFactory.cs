using AlignService.Jobs.Runs;
using AlignService.Specs.Guardian;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>Makes <see cref="FakeTrainingRun"/>s, with hooks into what they do.</summary>
internal sealed class FakeTrainingRunFactory : ITrainingRunFactory
{
    private int _time;
    private long _beats;

    public int StepCount { get; init; } = 10;

    public Action<CancellationToken>? OnPrepare { get; set; }

    /// <summary>Called before the step of that number is done.</summary>
    public Action<int, CancellationToken>? OnStep { get; set; }

    public Action<int>? OnSave { get; set; }

    /// <summary>Called before an evaluation after so many steps.</summary>
    public Action<int>? OnEvaluate { get; set; }

    /// <summary>What the worker told the run of pauses.</summary>
    public Func<CancellationToken> Pausing { get; set; } = static () => CancellationToken.None;

    /// <summary>Held-out reward after a step; the run's own number where it is null.</summary>
    public Func<int, double>? Score { get; set; }

    /// <summary>What the guardian sees in a step, after so many rollbacks.</summary>
    public Func<int, int, IReadOnlyList<GuardianFinding>>? Findings { get; set; }

    /// <summary>Whether the guardian has begun to doubt a step.</summary>
    public Func<int, bool>? Suspect { get; set; }

    /// <summary>How many of the last steps keep their rollouts; null is all.</summary>
    public int? KeptRolloutSteps { get; init; }

    public int DisposedCount { get; set; }

    /// <summary>What the worker sees; it rises with each look where nothing is set.</summary>
    public Func<long>? Beats { get; init; }

    public long Heartbeat => Beats?.Invoke() ?? Interlocked.Increment(ref _beats);

    /// <summary>Sees the job of each attempt.</summary>
    public Action<Job>? OnCreate { get; init; }

    public ITrainingRun Create(Job job)
    {
        OnCreate?.Invoke(job);
        return new FakeTrainingRun(this, job.RollbackCount);
    }

    /// <summary>Never the same twice, like a clock.</summary>
    public double NextTime() => ++_time;
}
