using AlignService.Model.Native;

namespace AlignService.Worker;

/// <summary>What runs of every kind take from their process.</summary>
public sealed record RunEnvironment
{
    /// <summary>From what a job names as a model to its directory; asked when models are loaded.</summary>
    public Func<string, string> ResolveModel { get; init; } = name => name;

    /// <summary>Where all models of the run live and compute.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
