using AlignService.HuggingFace.Architecture;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Positions;

/// <summary>The distinct rotary tables and sliding windows of a model's blocks.</summary>
internal sealed class PositionTables : IDisposable
{
    internal PositionTables(TransformerConfig config, ScalarType dtype, Device device)
    {
        Device = device;
        Windows = [.. config.Layers.Select(layer => layer.SlidingWindow).OfType<int>().Distinct()];
        Rotary = config.Layers.Select(layer => layer.Rope).OfType<RopeConfig>().Distinct().ToDictionary(rope => rope, rope => new RotaryTable(rope, dtype, device));
    }

    internal Device Device { get; }

    internal IReadOnlyList<int> Windows { get; }

    internal IReadOnlyDictionary<RopeConfig, RotaryTable> Rotary { get; }

    public void Dispose()
    {
        foreach (RotaryTable table in Rotary.Values)
        {
            table.Dispose();
        }
    }
}
