namespace AlignService.Testing;

/// <summary>A tensor of a file as torch.save writes it.</summary>
/// <param name="Name">In the state dict.</param>
/// <param name="StorageType">Such as FloatStorage.</param>
/// <param name="Storage">Name of its block of numbers.</param>
/// <param name="Shape">Sizes.</param>
public sealed record TorchEntry(string Name, string StorageType, string Storage, IReadOnlyList<long> Shape)
{
    public long Offset { get; init; }

    /// <summary>null: contiguous.</summary>
    public IReadOnlyList<long>? Stride { get; init; }

    /// <summary>Numbers that the storage is said to have; null: as many as the shape.</summary>
    public long? StorageCount { get; init; }
}
