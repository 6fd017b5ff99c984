namespace AlignService.HuggingFace.Safetensors;

/// <summary>One tensor to be written.</summary>
/// <param name="Name">Unique in its checkpoint.</param>
/// <param name="Dtype">Number format in the file.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Write">Writes exactly <see cref="ByteCount"/> bytes, row-major.</param>
public sealed record PendingTensor(string Name, StoredDtype Dtype, IReadOnlyList<long> Shape, Action<Stream> Write)
{
    public long ElementCount => Shape.Aggregate(1L, (product, size) => checked(product * size));

    public long ByteCount => checked(ElementCount * StoredDtypes.ByteCount(Dtype));
}
