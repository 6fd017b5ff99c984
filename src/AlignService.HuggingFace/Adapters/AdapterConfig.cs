using System.Text.Json.Serialization;

namespace AlignService.HuggingFace.Adapters;

/// <summary>A low-rank adapter (LoRA, arXiv:2106.09685): y = W x + scaling * B (A x) on the targeted linear layers, W frozen.</summary>
public sealed record AdapterConfig
{
    /// <summary>The target that means every linear layer but the language-model head.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>Rows of A and columns of B; 1 or more.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>Numerator of the scaling; above 0.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Share of A's inputs that a training pass sets to 0; in [0, 1).</summary>
    public double Dropout { get; init; }

    /// <summary>
    /// Which linear layers: module paths or their endings (`q_proj`, `self_attn.q_proj`), one regular expression for whole paths (recognized by a character such as * ( [ \ that no path has),
    /// or <see cref="AllLinear"/>.
    /// </summary>
    public IReadOnlyList<string> TargetModules { get; init; } = [AllLinear];

    /// <summary>Scale by alpha / sqrt(rank) instead of alpha / rank (arXiv:2312.03732).</summary>
    public bool RankStabilized { get; init; }

    /// <summary>Endings of module paths that are trained in full, besides the low-rank layers.</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>Factor of B (A x).</summary>
    [JsonIgnore]
    public double Scaling => Alpha / (RankStabilized ? Math.Sqrt(Rank) : Rank);
}
