using AlignService.Model.Native;
using AlignService.Specs.Data.Files;

namespace AlignService.Worker;

/// <summary>What runs of every kind need from their process.</summary>
public sealed record RunEnvironment
{
    /// <summary>Resolves a job's model to its directory; called when models are loaded.</summary>
    public Func<string, string> ResolveModel { get; init; } = name => name;

    /// <summary>What the user must know about the models that were resolved so far.</summary>
    public Func<IReadOnlyList<string>> ModelWarnings { get; init; } = () => [];

    /// <summary>The device of all models of the run.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    /// <summary>Which files a job's data may come from.</summary>
    public FilePolicy Files { get; init; } = FilePolicy.Anywhere;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
