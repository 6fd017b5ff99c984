namespace AlignService.Jobs.Sampling;

/// <summary>Bounds of the processes that hold models for sampling.</summary>
public sealed record ModelProcessOptions
{
    /// <summary>Models that are loaded at once.</summary>
    public required int MaxModels { get; init; }

    /// <summary>Calls that one model samples or keeps waiting at once.</summary>
    public required int MaxCalls { get; init; }

    /// <summary>Time after its last call until a model is unloaded.</summary>
    public required TimeSpan IdleTimeout { get; init; }

    /// <summary>Time that a process has to exit before it is killed.</summary>
    public required TimeSpan StopGrace { get; init; }

    /// <summary>cpu, cuda or cuda:N.</summary>
    public required string Device { get; init; }

    /// <summary>Memory that the models may take together.</summary>
    public required long MemoryBytes { get; init; }
}

/// <summary>A model that can be loaded.</summary>
/// <param name="Name">What users call it.</param>
/// <param name="Directory">A Hugging Face directory, or an adapter's.</param>
/// <param name="Stamp">Changes with the files in it: what was loaded before is then another model.</param>
/// <param name="Bytes">Memory that it takes while it is loaded.</param>
public sealed record LoadableModel(string Name, string Directory, string Stamp, long Bytes);
