using AlignService.Jobs;
using AlignService.Jobs.Runs;
using AlignService.Model.Native;
using AlignService.Specs;
using AlignService.Specs.JobKinds;
using AlignService.Training.Fitting;
using AlignService.Training.Grpo;
using AlignService.Training.Preferences;
using AlignService.Training.RewardModeling;
using AlignService.Training.Supervised;

namespace AlignService.Worker;

/// <summary>The runs that this program can do.</summary>
public sealed class TrainingRunFactory(ModelDirectories models, TrainingRunOptions options, TimeProvider time) : ITrainingRunFactory
{
    /// <exception cref="UnknownJobKindException">The job was made by a program that knows more kinds.</exception>
    /// <exception cref="DeviceException">The worker's device does not work.</exception>
    public ITrainingRun Create(Job job)
    {
        TorchRuntime.Initialize(new TorchRuntimeOptions());
        ComputeDevice device = ComputeDevice.Open(options.Device);
        JobSpec spec = job.Spec;
        return spec.Kind switch
        {
            GrpoJob grpo => Grpo(grpo.AfterRollbacks(job.RollbackCount), spec.Seed, device),
            SupervisedJob supervised => Fitting(supervised, (checkpoint, _) => SupervisedRun.Load(SetupOf(supervised, spec.Seed, device), checkpoint)),
            PreferenceJob preference => Fitting(preference, (checkpoint, cancelled) => PreferenceRun.Load(SetupOf(preference, spec.Seed, device), checkpoint, cancelled)),
            RewardModelJob rewardModel => Fitting(rewardModel, (checkpoint, _) => RewardModelRun.Load(SetupOf(rewardModel, spec.Seed, device), checkpoint)),
            JobKind other => throw new UnknownJobKindException(
                $"Job {job.Id} is of the kind {other.GetType().Name}, which this program cannot run; known are GrpoJob, SupervisedJob, PreferenceJob and RewardModelJob. Run it with the version that took it."),
        };
    }

    private GrpoTrainingRun Grpo(GrpoJob job, ulong seed, ComputeDevice device) => new(job, () => SetupOf(job, seed, device));

    private static FittingTrainingRun Fitting(JobKind kind, Func<string?, CancellationToken, FittingRun> load) => new(load, kind.Checkpoint.SaveDtype);

    private GrpoRunSetup SetupOf(GrpoJob job, ulong seed, ComputeDevice device) => new()
    {
        ModelDirectory = models.Resolve(job.Model),
        ReferenceDirectory = job.ReferenceModel is null ? null : models.Resolve(job.ReferenceModel),
        CriticDirectory = job.Config.Critic?.Model is { } critic ? models.Resolve(critic) : null,
        Prompts = job.Prompts,
        EvaluationPrompts = job.EvaluationPrompts,
        Rewards = job.Rewards,
        Config = job.Config with { Seed = seed },
        Evaluation = job.Evaluation,
        ResolveModel = models.Resolve,
        Device = device,
        Time = time,
    };

    private SupervisedRunSetup SetupOf(SupervisedJob job, ulong seed, ComputeDevice device) => new()
    {
        ModelDirectory = models.Resolve(job.Model),
        Examples = job.Examples,
        EvaluationExamples = job.EvaluationExamples,
        Config = job.Config with { Seed = seed },
        ResolveModel = models.Resolve,
        Device = device,
    };

    private PreferenceRunSetup SetupOf(PreferenceJob job, ulong seed, ComputeDevice device) => new()
    {
        ModelDirectory = models.Resolve(job.Model),
        ReferenceDirectory = job.ReferenceModel is null ? null : models.Resolve(job.ReferenceModel),
        Preferences = job.Preferences,
        EvaluationPreferences = job.EvaluationPreferences,
        Config = job.Config with { Seed = seed },
        Preference = job.Preference,
        ResolveModel = models.Resolve,
        Device = device,
    };

    private RewardModelRunSetup SetupOf(RewardModelJob job, ulong seed, ComputeDevice device) => new()
    {
        ModelDirectory = models.Resolve(job.Model),
        Preferences = job.Preferences,
        EvaluationPreferences = job.EvaluationPreferences,
        Config = job.Config with { Seed = seed },
        Device = device,
    };
}
