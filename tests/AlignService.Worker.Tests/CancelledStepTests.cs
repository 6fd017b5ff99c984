using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Training.Tests.Fakes;
using AlignService.Worker.Tests.Fakes;
using Xunit;

namespace AlignService.Worker.Tests;

/// <summary>A step that is cancelled before its update leaves no trace: a worker that has to stop can save what it has, and the numbers stay those of the undisturbed run.</summary>
public sealed class CancelledStepTests : IDisposable
{
    private readonly RunFolder _folder = new();

    public static TheoryData<string> Kinds { get; } = [.. TinyExamples.Kinds];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>Cancelled at every reading of the clock, which each phase of a step begins and ends with.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Policy_CancelledInAnyPhase_GoesOnAsIfItHadNotBeenOrSaysThatItCannot(bool dynamicSampling)
    {
        GrpoJob job = Job(dynamicSampling);
        byte[][] expected = RunToEnd(job, cancelAt: int.MaxValue, out _, "whole");
        int clean = 0, changed = 0;
        for (int reading = 1; ; reading++)
        {
            byte[][]? weights = RunToEnd(job, reading, out bool? wasClean, $"cancelled-{reading}");
            if (wasClean is null)
            {
                break;
            }

            (clean, changed) = wasClean.Value ? (clean + 1, changed) : (clean, changed + 1);
            Assert.Equal(wasClean.Value ? expected : [], weights);
        }

        Assert.True(clean >= 3, $"{clean} points before the update, {changed} within");
        Assert.True(changed >= 1, $"{clean} points before the update, {changed} within");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Examples_Cancelled_GoOnAsIfTheyHadNotBeen(string kind)
    {
        TinyExamples tiny = new(_folder);
        byte[][] whole = Finish(tiny, kind, cancels: false), cancelled = Finish(tiny, kind, cancels: true);
        Assert.Equal(whole, cancelled);
    }

    private byte[][] Finish(TinyExamples tiny, string kind, bool cancels)
    {
        using ExampleRun run = tiny.Load(kind);
        run.RunStep(Token);
        if (cancels)
        {
            Assert.Throws<OperationCanceledException>(() => run.RunStep(new CancellationToken(canceled: true)));
            Assert.True(run.IsBetweenSteps);
        }

        string half = Path.Combine(_folder.Root, $"half-{kind}-{cancels}");
        run.Save(half, SaveDtype.AsLoaded);
        run.RunStep(Token);
        string end = Path.Combine(_folder.Root, $"end-{kind}-{cancels}");
        run.Save(end, SaveDtype.AsLoaded);
        return [.. FilesOf(half), .. FilesOf(end)];
    }

    /// <param name="job">Three steps of it are done.</param>
    /// <param name="cancelAt">Reading of the clock, in the second step, at which it is cancelled.</param>
    /// <param name="wasClean">Whether the cancelled step left no trace; null where it was not cancelled.</param>
    /// <param name="name">Of the folder.</param>
    private byte[][] RunToEnd(GrpoJob job, int cancelAt, out bool? wasClean, string name)
    {
        using var cancel = new CancellationTokenSource();
        var clock = new CancellingClock();
        using PolicyOptimizationRun run = Runs.Load(job, environment: new RunEnvironment { Time = clock });
        run.RunStep(Token);
        clock.CancelAt(cancelAt, cancel);
        wasClean = null;
        try
        {
            run.RunStep(cancel.Token);
        }
        catch (OperationCanceledException)
        {
            wasClean = run.IsBetweenSteps;
            Assert.Equal(1, run.CompletedSteps);
            if (!run.IsBetweenSteps)
            {
                return [];
            }

            run.RunStep(Token);
        }

        string half = Path.Combine(_folder.Root, $"{name}-2"), end = Path.Combine(_folder.Root, $"{name}-3");
        run.Save(half, SaveDtype.AsLoaded);
        run.RunStep(Token);
        run.Save(end, SaveDtype.AsLoaded);
        return [.. FilesOf(half), .. FilesOf(end)];
    }

    private static IEnumerable<byte[]> FilesOf(string directory) =>
        new[] { "model.safetensors", "trainer/trainer_state.safetensors", "trainer/trainer_state.json" }.Select(file => File.ReadAllBytes(Path.Combine(directory, file)));

    private GrpoJob Job(bool dynamicSampling) => new()
    {
        Model = _folder.TinyModel("model"),
        Prompts = new() { Inline = [.. Enumerable.Range(0, 6).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(i, 5), null, null))] },
        Rewards = [new RegularExpressionConfig { Name = "letters", Weight = 0.5, Pattern = "[a-m]" }, new LengthConfig { Name = "length" }],
        Config = new TinyRun().Config with { DynamicSampling = dynamicSampling },
    };

    private sealed class CancellingClock : TimeProvider
    {
        private int _left = int.MaxValue;
        private CancellationTokenSource? _cancel;

        public void CancelAt(int reading, CancellationTokenSource cancel) => (_left, _cancel) = (reading, cancel);

        public override long GetTimestamp()
        {
            if (--_left == 0)
            {
                _cancel?.Cancel();
            }

            return base.GetTimestamp();
        }
    }
}
