using System.Globalization;
using AlignService.HuggingFace.Inspection;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Resources;
using AlignService.Specs.Settings;

namespace AlignService.Specs.Sizing;

/// <summary>
/// The least memory of a job on a CPU: weights, gradients, AdamW's moments and frozen models, without anything that a smaller batch or a shorter text could save. A job that needs
/// more than the machine has can only end when memory has run out.
/// </summary>
public static class JobMemory
{
    private const int Float = sizeof(float), Half = 2;
    private const double Gib = 1L << 30;

    /// <summary>What is wrong; null where the job may fit.</summary>
    /// <param name="job">What is trained.</param>
    /// <param name="machine">That is to train it.</param>
    /// <param name="countParameters">Counts those of a model's directory; <see cref="ModelInspector.CountParameters"/> where it is absent.</param>
    public static string? FindFault(JobKind job, MachineMemory machine, Func<string, long>? countParameters = null) =>
        FindFault(job, name => CountOrZero(name, countParameters ?? ModelInspector.CountParameters), machine.Bytes);

    /// <param name="job">What is trained.</param>
    /// <param name="parametersOf">Parameters of a model by the name that the job gives it; 0 where they are not known.</param>
    /// <param name="machineBytes">Memory of the machine, or of the control group that limits the process.</param>
    internal static string? FindFault(JobKind job, Func<string, long> parametersOf, long machineBytes)
    {
        (string What, double Bytes)[] parts = [.. Parts(job, parametersOf).Where(part => part.Bytes > 0)];
        double least = parts.Sum(part => part.Bytes);
        return least <= machineBytes
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"the job needs at least {least / Gib:F1} GiB ({string.Join(", ", parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.What} {part.Bytes / Gib:F1}")))}), but this machine has {machineBytes / Gib:F1} GiB; train an adapter, set memory.frozen_dtype to bf16, use a smaller model, or a machine with more memory.");
    }

    private static IEnumerable<(string What, double Bytes)> Parts(JobKind job, Func<string, long> parametersOf) => job switch
    {
        GrpoJob grpo => Parts(grpo, parametersOf),
        SupervisedJob supervised => Trained("the model", parametersOf(supervised.Model), supervised.Config.Adapter is not null),
        PreferenceJob preference =>
        [
            .. Trained("the policy", parametersOf(preference.Model), preference.Config.Adapter is not null),
            ("its reference", preference.ReferenceModel is { } reference ? Frozen(parametersOf(reference), preference.Config.Memory) : 0),
        ],
        RewardModelJob reward => Trained("the model", parametersOf(reward.Model), reward.Config.Adapter is not null),
        _ => [],
    };

    private static IEnumerable<(string What, double Bytes)> Parts(GrpoJob job, Func<string, long> parametersOf)
    {
        GrpoConfig config = job.Config;
        long policy = parametersOf(job.Model);
        bool ownReference = config.NeedsReference && (config.Adapter is null || job.ReferenceModel is not null);
        double critic = config.Critic is { } start ? parametersOf(start.Model ?? job.Model) : 0;

        // A trust region has no optimizer state, but vectors of the same size.
        return
        [
            .. Trained("the policy", policy, config.Adapter is not null),
            ("its reference", ownReference ? Frozen(job.ReferenceModel is { } other ? parametersOf(other) : policy, config.Memory) : 0),
            ("the critic", 4 * Float * critic),
            .. job.Rewards.Where(reward => reward.ModelDirectory is not null).Select(reward => ($"reward {reward.Name}", Frozen(parametersOf(reward.ModelDirectory!), config.Memory))), // not null by the filter
        ];
    }

    /// <summary>Weights, gradients and two moments; with an adapter, the weights alone.</summary>
    private static IEnumerable<(string What, double Bytes)> Trained(string what, double parameters, bool hasAdapter) => [(what, (hasAdapter ? 1 : 4) * Float * parameters)];

    private static double Frozen(double parameters, MemoryConfig memory) => parameters * (memory.FrozenDtype == FrozenDtype.BF16 ? Half : Float);

    /// <summary>0 where the model is another job's, which may not be there yet, or where its own check says what is wrong.</summary>
    private static long CountOrZero(string name, Func<string, long> countParameters)
    {
        try
        {
            return ModelReference.IsCheckpoint(name) ? 0 : countParameters(name);
        }
        catch (CheckpointException)
        {
            return 0;
        }
    }
}

/// <summary>A job that cannot fit the memory of the machine that is to run it.</summary>
public sealed class JobTooLargeException(string message) : AlignException(message)
{
    public override string Reason => "out_of_memory";
}

/// <summary>Memory that a process on this machine may have: all of it, or what its control group allows.</summary>
public sealed record MachineMemory(long Bytes)
{
    public static MachineMemory OfThisMachine => new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
}
