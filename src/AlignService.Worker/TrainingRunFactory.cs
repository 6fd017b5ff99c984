using AlignService.Jobs;
using AlignService.Jobs.Runs;
using AlignService.Model.Native;
using AlignService.Specs.JobKinds;

namespace AlignService.Worker;

/// <summary>Creates the runs that this program supports.</summary>
public sealed class TrainingRunFactory(ModelDirectories models, TrainingRunOptions options, TimeProvider time) : ITrainingRunFactory
{
    /// <exception cref="UnknownJobKindException">The job was created by a program that supports more kinds.</exception>
    /// <exception cref="DeviceException">The worker's device does not work.</exception>
    public ITrainingRun Create(Job job)
    {
        TorchRuntime.Initialize(new TorchRuntimeOptions());
        RunEnvironment environment = new() { ResolveModel = models.Resolve, Device = ComputeDevice.Open(options.Device), Time = time };
        ulong seed = job.Spec.Seed;
        return job.Spec.Kind switch
        {
            GrpoJob grpo => new PolicyOptimizationRun(Seeded(grpo.AfterRollbacks(job.RollbackCount), seed), environment),
            SupervisedJob supervised => ExampleRun.Of(supervised with { Config = supervised.Config with { Seed = seed } }, environment),
            PreferenceJob preference => ExampleRun.Of(preference with { Config = preference.Config with { Seed = seed } }, environment),
            RewardModelJob rewardModel => ExampleRun.Of(rewardModel with { Config = rewardModel.Config with { Seed = seed } }, environment),
            JobKind other => throw new UnknownJobKindException(
                $"Job {job.Id} is of the kind {other.GetType().Name}, which this program cannot run; known: GrpoJob, SupervisedJob, PreferenceJob and RewardModelJob. Run it with the version that accepted it."),
        };
    }

    private static GrpoJob Seeded(GrpoJob job, ulong seed) => job with { Config = job.Config with { Seed = seed } };
}

/// <summary>Options of a worker process.</summary>
public sealed record TrainingRunOptions
{
    /// <summary>cpu, cuda (the first that the process sees) or cuda:N. A device that does not work fails the job; it never trains on the CPU instead.</summary>
    public string Device { get; init; } = "cpu";
}
