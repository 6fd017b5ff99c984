namespace AlignService.HuggingFace.Architecture;

/// <summary>One parameter that a configuration asks for.</summary>
/// <param name="Name">As in the checkpoint.</param>
/// <param name="Shape">As in the checkpoint.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Storage">Parameters of one storage name lie one after the other in one block of memory, so that inference can use them as a single matrix; null: alone.</param>
internal sealed record ParameterSpec(string Name, long[] Shape, ParameterKind Kind, string? Storage = null)
{
    internal long ElementCount => Shape.Aggregate(1L, (product, size) => product * size);
}
