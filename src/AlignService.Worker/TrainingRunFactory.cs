using AlignService.HuggingFace.Inspection;
using AlignService.Jobs;
using AlignService.Jobs.Runs;
using AlignService.Model.Native;
using AlignService.Specs.Data.Files;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Rewards.Remote;
using AlignService.Specs.Sizing;

namespace AlignService.Worker;

/// <summary>Creates the runs that this program supports.</summary>
public sealed class TrainingRunFactory(ModelDirectories models, RunAccess access, TrainingRunOptions options, TimeProvider time) : ITrainingRunFactory
{
    private const string Cpu = "cpu";

    public long Heartbeat => AlignService.Heartbeat.Count;

    /// <exception cref="UnknownJobKindException">The job was created by a program that supports more kinds.</exception>
    /// <exception cref="DeviceException">The worker's device does not work.</exception>
    /// <exception cref="JobTooLargeException">The machine has less memory than the job's models alone need.</exception>
    public ITrainingRun Create(Job job)
    {
        TorchRuntime.Initialize(new TorchRuntimeOptions());
        HashSet<string> warnings = [];
        ModelDirectories own = models.Of(job.Project);
        FilePolicy readable = access.Files.Of(job.Project);
        RunEnvironment environment = new()
        {
            ResolveModel = name => own.Resolve(name, warning => warnings.Add(warning)),
            ResolveAdapter = name => own.Resolve(name, warning => warnings.Add(warning), withBase: false),
            ModelWarnings = () => [.. warnings],
            Device = ComputeDevice.Open(options.Device),
            Files = readable,
            Secrets = access.Secrets,
            Network = access.Network,
            OpenScores = () => access.JobsFolder is { } jobs ? ScoreJournal.Open(Path.Combine(jobs, job.Id.Value, "scores"), job.Lease?.Token ?? 0, job.RollbackCount) : ScoreJournal.InMemory(),
            Time = time,
        };
        if (options.Device == Cpu && JobMemory.FindFault(job.Spec.Kind, MachineMemory.OfThisMachine, model => CountParameters(model, readable)) is { } fault)
        {
            throw new JobTooLargeException(fault);
        }

        return job.Spec.Kind.WithSeed(job.Spec.Seed) switch
        {
            GrpoJob grpo => new PolicyOptimizationRun(grpo.AfterRollbacks(job.RollbackCount), environment),
            EvaluationJob evaluation => new EvaluationJobRun(evaluation, environment),
            JobKind examples => ExampleRun.Of(examples, environment),
        };
    }

    /// <exception cref="CheckpointException">The model may not be read, or cannot be used.</exception>
    private static long CountParameters(string model, FilePolicy files)
    {
        string directory = files.ModelDirectory(model);
        ModelAccess.Require(model, directory, files);
        return ModelInspector.CountParameters(directory);
    }
}

/// <summary>Options of a worker process.</summary>
public sealed record TrainingRunOptions
{
    /// <summary>cpu, cuda (the first that the process sees) or cuda:N. A device that does not work fails the job; it never trains on the CPU instead.</summary>
    public string Device { get; init; } = "cpu";
}

/// <summary>What runs of every kind need from their process.</summary>
public sealed record RunEnvironment
{
    /// <summary>Resolves a job's model to its directory; called when models are loaded.</summary>
    public Func<string, string> ResolveModel { get; init; } = name => name;

    /// <summary>As <see cref="ResolveModel"/>, of an adapter that is put over another base than it names.</summary>
    public Func<string, string> ResolveAdapter { get; init; } = name => name;

    /// <summary>What the user must know about the models that were resolved so far.</summary>
    public Func<IReadOnlyList<string>> ModelWarnings { get; init; } = () => [];

    /// <summary>The device of all models of the run.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    /// <summary>Which files a job's data may come from.</summary>
    public FilePolicy Files { get; init; } = FilePolicy.Anywhere;

    /// <summary>Which secrets a job's rewards may name.</summary>
    public SecretPolicy Secrets { get; init; } = SecretPolicy.Default;

    /// <summary>Where a job's rewards may connect to.</summary>
    public NetworkPolicy Network { get; init; } = NetworkPolicy.Default;

    /// <summary>Opens what rewards outside the worker have answered in this job; the run disposes of it.</summary>
    public Func<ScoreJournal> OpenScores { get; init; } = ScoreJournal.InMemory;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
