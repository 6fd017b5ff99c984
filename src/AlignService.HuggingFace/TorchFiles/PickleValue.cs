namespace AlignService.HuggingFace.TorchFiles;

/// <summary>The values that the pickle of a state dict may contain.</summary>
internal abstract record PickleValue;

internal sealed record PickleText(string Value) : PickleValue;

internal sealed record PickleNumber(long Value) : PickleValue;

internal sealed record PickleFlag(bool Value) : PickleValue;

internal sealed record PickleNothing : PickleValue;

internal sealed record PickleTuple(IReadOnlyList<PickleValue> Items) : PickleValue;

/// <summary>A dict or OrderedDict; its keys are text.</summary>
internal sealed record PickleMap : PickleValue
{
    public Dictionary<string, PickleValue> Entries { get; } = new(StringComparer.Ordinal);
}

/// <summary>A name that Python would import: never looked up, only recognized.</summary>
internal sealed record PickleGlobal(string Module, string Name) : PickleValue
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A block of numbers in its own file in the archive.</summary>
/// <param name="Type">Name of the torch class, such as FloatStorage.</param>
/// <param name="Key">Name of the file.</param>
/// <param name="ElementCount">Numbers in it, as the pickle claims.</param>
internal sealed record PickleStorage(string Type, string Key, long ElementCount) : PickleValue;

/// <summary>A tensor as a view of a storage.</summary>
internal sealed record PickledTensor(PickleStorage Storage, long Offset, IReadOnlyList<long> Shape, IReadOnlyList<long> Stride) : PickleValue;

/// <summary>Where the items of the next tuple or mapping begin on the stack.</summary>
internal sealed record PickleMark : PickleValue;
