namespace AlignService.Model.Native;

/// <summary>Settings of libtorch for the whole process.</summary>
public sealed record TorchRuntimeOptions
{
    /// <summary>Threads of one operation; null: libtorch's choice (one per core). Results are bit-identical only for equal counts.</summary>
    public int? ThreadCount { get; init; }

    /// <summary>
    /// Keep freed memory in the process instead of returning it to the system: large temporaries cost a half to a quarter, and about 450 MiB more stay resident.
    /// </summary>
    public bool KeepFreedMemory { get; init; } = true;
}
