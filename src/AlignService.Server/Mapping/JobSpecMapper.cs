using AlignService.Server.Validation;
using AlignService.Specs;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Profiles;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using Google.Protobuf.WellKnownTypes;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>A job's spec from the wire, every default filled in, and back.</summary>
internal static class JobSpecMapper
{
    private const string Kinds = "grpo, supervised, preference, reward_model";

    /// <summary>The record; null, after noting why, where the wire lacks what a record cannot be without.</summary>
    public static JobSpec? Read(Wire.JobSpec? wire, string dataRoot, FaultList faults)
    {
        var reader = new SpecReader("spec", dataRoot, faults);
        if (wire is null)
        {
            faults.Add("spec", $"no spec is given; a job needs one with one of {Kinds} set.");
            return null;
        }

        if (ReadKind(wire, reader) is not { } kind)
        {
            reader.Fault("kind", $"no kind of work is set; set one of {Kinds}.");
            return null;
        }

        return new JobSpec
        {
            DisplayName = wire.DisplayName,
            Labels = new Dictionary<string, string>(wire.Labels),
            After = ReadAfter(wire, reader),
            Seed = wire.Seed,
            Limits = ReadLimits(wire.Limits ?? new Wire.JobLimits(), reader.At("limits")),
            Kind = kind,
        };
    }

    public static Wire.JobSpec Write(JobSpec spec)
    {
        Wire.JobSpec wire = WriteCommon(spec);
        switch (spec.Kind)
        {
            case GrpoJob grpo:
                wire.Grpo = WriteGrpo(grpo);
                break;
            case SupervisedJob supervised:
                wire.Supervised = FittingJobMapper.Write(supervised);
                break;
            case PreferenceJob preference:
                wire.Preference = FittingJobMapper.Write(preference);
                break;
            case RewardModelJob rewardModel:
                wire.RewardModel = FittingJobMapper.Write(rewardModel);
                break;
            default:
                throw new InvalidOperationException($"The wire has no job of type {spec.Kind.GetType().Name}.");
        }

        return wire;
    }

    private static JobKind? ReadKind(Wire.JobSpec wire, SpecReader reader) => wire.KindCase switch
    {
        Wire.JobSpec.KindOneofCase.Grpo => ReadGrpo(wire, reader.At("grpo")),
        Wire.JobSpec.KindOneofCase.Supervised => FittingJobMapper.Read(wire.Supervised, wire.Seed, reader.At("supervised")),
        Wire.JobSpec.KindOneofCase.Preference => FittingJobMapper.Read(wire.Preference, wire.Seed, reader.At("preference")),
        Wire.JobSpec.KindOneofCase.RewardModel => FittingJobMapper.Read(wire.RewardModel, wire.Seed, reader.At("reward_model")),
        _ => null,
    };

    private static Wire.JobSpec WriteCommon(JobSpec spec) => new()
    {
        DisplayName = spec.DisplayName,
        Labels = { spec.Labels.ToDictionary() },
        After = { spec.After.Select(id => id.ResourceName) },
        Seed = spec.Seed,
        Limits = new Wire.JobLimits
        {
            MaxDuration = spec.Limits.MaxDuration is { } duration ? Duration.FromTimeSpan(duration) : null,
            Devices = 1,
            MaxRestarts = spec.Limits.MaxRestarts,
        },
    };

    private static GrpoJob ReadGrpo(Wire.JobSpec spec, SpecReader reader)
    {
        Wire.GrpoJob wire = spec.Grpo;
        Wire.GrpoAlgorithm algorithm = wire.Algorithm ?? new Wire.GrpoAlgorithm();
        GrpoProfile profile = ProfileNames.Read(algorithm.Profile, reader.At("algorithm"));
        GrpoConfig sampled = SettingsMapper.ReadSampling(wire.Sampling ?? new Wire.SamplingSettings(), GrpoProfiles.Create(profile), reader.At("sampling"));
        GrpoConfig config = AlgorithmMapper.Read(algorithm, sampled, reader.At("algorithm"));
        return new GrpoJob
        {
            Model = reader.AbsolutePath(wire.Model),
            ReferenceModel = wire.ReferenceModel.Length == 0 ? null : reader.AbsolutePath(wire.ReferenceModel),
            Prompts = PromptSourceMapper.Read(wire.Prompts ?? new Wire.PromptSource(), reader),
            EvaluationPrompts = wire.EvaluationPrompts is null ? null : PromptSourceMapper.Read(wire.EvaluationPrompts, reader),
            Rewards = ReadRewards(wire, reader),
            Profile = profile,
            Config = config with
            {
                Adapter = AdapterMapper.Read(wire.Adapter, reader.At("adapter")),
                Critic = CriticMapper.Read(wire.Critic, config, reader.At("critic")),
                Optimizer = SettingsMapper.ReadOptimizer(wire.Optimizer ?? new Wire.OptimizerSettings(), StartOf(wire, config.Optimizer), reader.At("optimizer")),
                Guardian = GuardianMapper.Read(wire.Guardian ?? new Wire.GuardianSettings(), reader.At("guardian")),
                Memory = MemoryMapper.Read(wire.Memory ?? new Wire.MemorySettings(), reader.At("memory")),
                Seed = spec.Seed,
            },
            Evaluation = EvaluationMapper.Read(wire.Evaluation ?? new Wire.EvaluationSettings()),
            Checkpoint = SettingsMapper.ReadCheckpoint(wire.Checkpoint ?? new Wire.CheckpointSettings(), reader.At("checkpoint")),
        };
    }

    private static Wire.GrpoJob WriteGrpo(GrpoJob job) => new()
    {
        Model = job.Model,
        ReferenceModel = job.ReferenceModel ?? "",
        Prompts = PromptSourceMapper.Write(job.Prompts),
        EvaluationPrompts = job.EvaluationPrompts is { } evaluation ? PromptSourceMapper.Write(evaluation) : null,
        Rewards = { job.Rewards.Select(RewardMapper.Write) },
        Algorithm = AlgorithmMapper.Write(job.Config, job.Profile),
        Sampling = SettingsMapper.WriteSampling(job.Config),
        Optimizer = SettingsMapper.WriteOptimizer(job.Config.Optimizer),
        Evaluation = EvaluationMapper.Write(job.Evaluation),
        Checkpoint = SettingsMapper.WriteCheckpoint(job.Checkpoint),
        Adapter = AdapterMapper.Write(job.Config.Adapter),
        Critic = CriticMapper.Write(job.Config.Critic),
        Guardian = GuardianMapper.Write(job.Config.Guardian),
        Memory = MemoryMapper.Write(job.Config.Memory),
    };

    /// <summary>An adapter learns at a higher rate than all weights do.</summary>
    private static OptimizerConfig StartOf(Wire.GrpoJob wire, OptimizerConfig profile) =>
        wire.Adapter is null ? profile : profile with { LearningRate = OptimizerConfig.AdapterLearningRate };

    private static List<RewardConfig> ReadRewards(Wire.GrpoJob wire, SpecReader reader)
    {
        var rewards = new List<RewardConfig>();
        for (int i = 0; i < wire.Rewards.Count; i++)
        {
            if (RewardMapper.Read(wire.Rewards[i], reader.At("rewards", i)) is { } reward)
            {
                rewards.Add(reward);
            }
        }

        return rewards;
    }

    private static List<JobId> ReadAfter(Wire.JobSpec wire, SpecReader reader)
    {
        var after = new List<JobId>();
        for (int i = 0; i < wire.After.Count; i++)
        {
            if (ResourceName.TryParseJob(wire.After[i], out JobId id))
            {
                after.Add(id);
            }
            else
            {
                reader.Fault($"after[{i}]", $"\"{wire.After[i]}\" is not the name of a job; it must read jobs/{{job}}.");
            }
        }

        return after;
    }

    private static JobLimits ReadLimits(Wire.JobLimits wire, SpecReader reader)
    {
        if (wire.HasDevices && wire.Devices != 1)
        {
            reader.Fault("devices", $"{wire.Devices} devices are asked for; a job runs on exactly 1. Leave it out.");
        }

        var defaults = new JobLimits();
        return new JobLimits
        {
            MaxDuration = ReadDuration(wire.MaxDuration, reader),
            MaxRestarts = wire.HasMaxRestarts ? wire.MaxRestarts : defaults.MaxRestarts,
        };
    }

    private static TimeSpan? ReadDuration(Duration? duration, SpecReader reader)
    {
        // TimeSpan ends before Duration does; whoever wants ten thousand years wants no limit.
        const long largestSeconds = 315_576_000;
        if (duration is null)
        {
            return null;
        }

        if (duration.Seconds < 0 || duration.Nanos < 0 || (duration.Seconds == 0 && duration.Nanos == 0) || duration.Seconds > largestSeconds)
        {
            reader.Fault("max_duration", $"{duration.Seconds} s is outside (0 s, {largestSeconds} s]; leave it out for no limit.");
            return null;
        }

        return TimeSpan.FromSeconds(duration.Seconds) + TimeSpan.FromTicks(duration.Nanos / 100);
    }
}
