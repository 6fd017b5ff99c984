using AlignService.Jobs;
using AlignService.Jobs.Runs;
using AlignService.Specs;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Profiles;
using AlignService.Specs.Resources;

namespace AlignService.Benchmarks.Learning;

/// <summary>Runs one variant with one seed, as a worker would, without the server around it.</summary>
internal sealed class LearningRun(ITrainingRunFactory factory)
{
    /// <summary>Steps between two looks at the held-out prompts.</summary>
    private const int EvaluationSteps = 10;

    public LearningCurve Run(LearningVariant variant, ulong seed)
    {
        using ITrainingRun run = Create(variant.Create(), seed);
        run.Prepare(null, CancellationToken.None);
        List<LearningPoint> points = [new(0, new Dictionary<string, double>(), Measure(run, seed))];
        while (run.CompletedSteps < run.TotalSteps)
        {
            IReadOnlyDictionary<string, double> metrics = run.RunStep(CancellationToken.None).Metrics;
            bool measured = run.CompletedSteps % EvaluationSteps == 0 || run.CompletedSteps == run.TotalSteps;
            points.Add(new(run.CompletedSteps, metrics, measured ? Measure(run, seed) : null));
        }

        return new(variant.Name, seed, points, ProcessMemory.PeakBytes());
    }

    /// <summary>A job that answers no prompts itself is measured through its checkpoint.</summary>
    private HeldOutSuccess Measure(ITrainingRun run, ulong seed)
    {
        if (HeldOutSuccess.In(run.Evaluate(CancellationToken.None)) is { } own)
        {
            return own;
        }

        DirectoryInfo checkpoint = Directory.CreateTempSubdirectory("align-learning-");
        try
        {
            run.SaveCheckpoint(checkpoint.FullName);
            GrpoJob answering = SortingTask.Job(GrpoProfile.Grpo, GrpoProfiles.Create(GrpoProfile.Grpo)) with { Model = checkpoint.FullName };
            using ITrainingRun probe = Create(answering, seed);
            probe.Prepare(null, CancellationToken.None);
            return HeldOutSuccess.In(probe.Evaluate(CancellationToken.None))!;
        }
        finally
        {
            checkpoint.Delete(recursive: true);
        }
    }

    private ITrainingRun Create(JobKind kind, ulong seed) =>
        factory.Create(new Job
        {
            Id = new JobId("learning"),
            Spec = new JobSpec { Seed = seed, Kind = kind },
            CreateTime = DateTimeOffset.UnixEpoch,
            UpdateTime = DateTimeOffset.UnixEpoch,
        });
}
