using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Attention;

/// <summary>The tokens that are being added to a cache.</summary>
/// <param name="FirstSlot">Slots in use before them.</param>
/// <param name="Count">New tokens per row, padding included.</param>
/// <param name="LargestPosition">The last position that any row reaches.</param>
/// <param name="Positions">[B, Count] position of each new token; null: slot equals position everywhere.</param>
/// <param name="SlotPositions">[B, FirstSlot + Count] position of every slot's token, -1 where there is none; null as above.</param>
internal sealed record CacheStep(long FirstSlot, long Count, long LargestPosition, Tensor? Positions, Tensor? SlotPositions)
{
    internal long EndSlot => FirstSlot + Count;

    /// <summary>[Tq, 1] or [B, 1, Tq, 1].</summary>
    internal Tensor QueryPositions(Device device) =>
        Positions?.unsqueeze(1).unsqueeze(-1) ?? arange(FirstSlot, EndSlot, ScalarType.Int64, device).unsqueeze(1);

    /// <summary>[1, Tk] or [B, 1, 1, Tk].</summary>
    internal Tensor KeyPositions(Device device) =>
        SlotPositions?.unsqueeze(1).unsqueeze(1) ?? arange(EndSlot, ScalarType.Int64, device).unsqueeze(0);
}
