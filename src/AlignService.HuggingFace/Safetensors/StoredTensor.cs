namespace AlignService.HuggingFace.Safetensors;

/// <summary>One tensor of a safetensors file, as its header describes it.</summary>
/// <param name="Name">Unique in its file.</param>
/// <param name="Dtype">Number format.</param>
/// <param name="Shape">Sizes; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">The byte after the last.</param>
internal sealed record StoredTensor(string Name, StoredDtype Dtype, IReadOnlyList<long> Shape, long Begin, long End)
{
    internal string Describe() => $"{StoredDtypes.HeaderName(Dtype)} [{string.Join(", ", Shape)}]";
}
