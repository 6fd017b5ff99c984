namespace AlignService.HuggingFace.Architecture;

/// <summary>What may differ from block to block.</summary>
/// <param name="Rope">Rotary positions; null: this block has none.</param>
/// <param name="SlidingWindow">A query sees this many keys, itself included; null: all before it.</param>
public sealed record LayerConfig(RopeConfig? Rope, int? SlidingWindow = null);
