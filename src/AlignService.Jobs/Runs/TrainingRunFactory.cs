using AlignService.Jobs.Specs;
using AlignService.Model.Native;
using AlignService.Training.Fitting;
using AlignService.Training.Preferences;
using AlignService.Training.RewardModeling;
using AlignService.Training.Supervised;

namespace AlignService.Jobs.Runs;

/// <summary>The runs that this program can do.</summary>
public sealed class TrainingRunFactory(ModelDirectories models, TimeProvider time) : ITrainingRunFactory
{
    /// <exception cref="UnknownJobKindException">The job was made by a program that knows more kinds.</exception>
    public ITrainingRun Create(Job job)
    {
        TorchRuntime.Initialize(new TorchRuntimeOptions());
        JobSpec spec = job.Spec;
        return spec.Kind switch
        {
            GrpoJob grpo => new GrpoTrainingRun(grpo.AfterRollbacks(job.RollbackCount), spec.Seed, models.Resolve, time),
            SupervisedJob supervised => Fitting(supervised, (checkpoint, _) => SupervisedRun.Load(SetupOf(supervised, spec.Seed), checkpoint)),
            PreferenceJob preference => Fitting(preference, (checkpoint, cancelled) => PreferenceRun.Load(SetupOf(preference, spec.Seed), checkpoint, cancelled)),
            RewardModelJob rewardModel => Fitting(rewardModel, (checkpoint, _) => RewardModelRun.Load(SetupOf(rewardModel, spec.Seed), checkpoint)),
            JobKind other => throw new UnknownJobKindException(
                $"Job {job.Id} is of the kind {other.GetType().Name}, which this program cannot run; known are GrpoJob, SupervisedJob, PreferenceJob and RewardModelJob. Run it with the version that took it."),
        };
    }

    private static FittingTrainingRun Fitting(JobKind kind, Func<string?, CancellationToken, FittingRun> load) => new(load, kind.Checkpoint.SaveDtype);

    private SupervisedRunSetup SetupOf(SupervisedJob job, ulong seed) => new()
    {
        ModelDirectory = models.Resolve(job.Model),
        Examples = job.Examples,
        EvaluationExamples = job.EvaluationExamples,
        Config = job.Config with { Seed = seed },
        ResolveModel = models.Resolve,
    };

    private PreferenceRunSetup SetupOf(PreferenceJob job, ulong seed) => new()
    {
        ModelDirectory = models.Resolve(job.Model),
        ReferenceDirectory = job.ReferenceModel is null ? null : models.Resolve(job.ReferenceModel),
        Preferences = job.Preferences,
        EvaluationPreferences = job.EvaluationPreferences,
        Config = job.Config with { Seed = seed },
        Preference = job.Preference,
        ResolveModel = models.Resolve,
    };

    private RewardModelRunSetup SetupOf(RewardModelJob job, ulong seed) => new()
    {
        ModelDirectory = models.Resolve(job.Model),
        Preferences = job.Preferences,
        EvaluationPreferences = job.EvaluationPreferences,
        Config = job.Config with { Seed = seed },
    };
}
