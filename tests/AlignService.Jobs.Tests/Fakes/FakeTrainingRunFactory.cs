using AlignService.Jobs.Runs;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>Makes <see cref="FakeTrainingRun"/>s, with hooks into what they do.</summary>
internal sealed class FakeTrainingRunFactory : ITrainingRunFactory
{
    private int _time;

    public int StepCount { get; init; } = 10;

    public Action<CancellationToken>? OnPrepare { get; set; }

    /// <summary>Called before the step of that number is done.</summary>
    public Action<int, CancellationToken>? OnStep { get; set; }

    public Action<int>? OnSave { get; set; }

    /// <summary>Held-out reward after a step; the run's own number where it is null.</summary>
    public Func<int, double>? Score { get; set; }

    public int DisposedCount { get; set; }

    public ITrainingRun Create(Job job) => new FakeTrainingRun(this);

    /// <summary>Never the same twice, like a clock.</summary>
    public double NextTime() => ++_time;
}
