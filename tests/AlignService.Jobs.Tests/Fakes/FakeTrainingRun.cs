using System.Globalization;
using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>A run whose whole state is one number, which every step changes: what is lost or done twice shows in the metrics.</summary>
internal sealed class FakeTrainingRun(FakeTrainingRunFactory factory, int rollbackCount) : ITrainingRun
{
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private double _weight = 1;

    public int TotalSteps => factory.StepCount;

    public int CompletedSteps { get; private set; }

    public bool IsBetweenSteps => true;

    public void HeedPause(Func<CancellationToken> pausing) => factory.Pausing = pausing;

    public void Prepare(string? checkpointDirectory, CancellationToken cancellationToken)
    {
        CheckThread();
        factory.OnPrepare?.Invoke(cancellationToken);
        if (checkpointDirectory is null)
        {
            return;
        }

        string[] state = File.ReadAllLines(Path.Combine(checkpointDirectory, "state.txt"));
        CompletedSteps = int.Parse(state[0], CultureInfo.InvariantCulture);
        _weight = double.Parse(state[1], CultureInfo.InvariantCulture);
    }

    public RunReport? Evaluate(CancellationToken cancellationToken)
    {
        CheckThread();
        factory.OnEvaluate?.Invoke(CompletedSteps);
        return new RunReport
        {
            Metrics = new Dictionary<string, double> { ["eval/reward"] = _weight },
            Samples = [new SampleCompletion { Prompt = "held out", Completion = "answer", FinishReason = "stop" }],
            Score = factory.Score?.Invoke(CompletedSteps) ?? _weight,
        };
    }

    public RunReport RunStep(CancellationToken cancellationToken)
    {
        CheckThread();
        factory.OnStep?.Invoke(CompletedSteps + 1, cancellationToken);
        CompletedSteps++;
        _weight = (_weight * 1.1) + (CompletedSteps / (1.0 + rollbackCount));
        return new RunReport
        {
            Metrics = new Dictionary<string, double> { ["reward/mean"] = _weight, ["time/step"] = factory.NextTime() },
            Samples = [new SampleCompletion { Prompt = "prompt", Completion = $"{_weight}", FinishReason = "stop" }],
            Rollouts = FakeRollouts.Of(CompletedSteps, _weight, factory.KeptRolloutSteps),
            IsSuspect = factory.Suspect?.Invoke(CompletedSteps) ?? false,
            Findings = factory.Findings?.Invoke(CompletedSteps, rollbackCount) ?? [],
            Messages = [new LogMessage(LogSeverity.Info, $"step {CompletedSteps}")],
        };
    }

    public IReadOnlyList<LogMessage> SaveCheckpoint(string directory)
    {
        CheckThread();
        Directory.CreateDirectory(Path.Combine(directory, "trainer"));
        File.WriteAllText(Path.Combine(directory, "trainer", "more.txt"), "more");
        File.WriteAllLines(
            Path.Combine(directory, "state.txt"),
            [CompletedSteps.ToString(CultureInfo.InvariantCulture), _weight.ToString("R", CultureInfo.InvariantCulture)]);
        factory.OnSave?.Invoke(CompletedSteps);
        return [];
    }

    public void Dispose()
    {
        CheckThread();
        factory.DisposedCount++;
    }

    private void CheckThread()
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            throw new InvalidOperationException("the run was called from another thread than the one that made it");
        }
    }
}
