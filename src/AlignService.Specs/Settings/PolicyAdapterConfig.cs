using AlignService.HuggingFace.Adapters;
using AlignService.Specs.Binding;

namespace AlignService.Specs.Settings;

/// <summary>Training of a low-rank adapter instead of all weights (arXiv:2106.09685).</summary>
public sealed record PolicyAdapterConfig
{
    /// <summary>The width of the widest models: factors of a higher rank are larger than the layer itself.</summary>
    private const double MaxRank = 16_384;

    /// <summary>Rows of A and columns of B.</summary>
    [Setting(Min = 1, Max = MaxRank, Aliases = "r lora_rank lora_r")]
    public int Rank { get; init; } = new AdapterConfig().Rank;

    /// <summary>The scaling is alpha / rank.</summary>
    [Setting(Above = 0, Aliases = "lora_alpha")]
    public double Alpha { get; init; } = new AdapterConfig().Alpha;

    /// <summary>Share of A's inputs that a training pass sets to 0.</summary>
    [Setting(Min = 0, Below = 1, Aliases = "lora_dropout")]
    public double Dropout { get; init; } = new AdapterConfig().Dropout;

    /// <summary>Linear layers, as PEFT names them.</summary>
    [Setting(Aliases = "lora_target_modules")]
    public IReadOnlyList<string> TargetModules { get; init; } = new AdapterConfig().TargetModules;

    /// <summary>Scale by alpha / sqrt(rank) (arXiv:2312.03732).</summary>
    [Setting(Aliases = "use_rslora")]
    public bool RankStabilized { get; init; } = new AdapterConfig().RankStabilized;

    /// <summary>Modules that are trained in full besides the low-rank layers.</summary>
    [Setting]
    public IReadOnlyList<string> ModulesToSave { get; init; } = new AdapterConfig().ModulesToSave;

    /// <summary>An existing PEFT directory, or jobs/{job}/checkpoints/{checkpoint}, to continue from, in its form; null is a new adapter.</summary>
    [Setting(IsPath = true)]
    public string? Directory { get; init; }

    /// <summary>With another name for the directory, if there is one.</summary>
    internal PolicyAdapterConfig WithDirectory(Func<string, string> rename) => Directory is { } start ? this with { Directory = rename(start) } : this;

    /// <summary>Form of a new adapter.</summary>
    public AdapterConfig Form
    {
        get => new() { Rank = Rank, Alpha = Alpha, Dropout = Dropout, TargetModules = TargetModules, RankStabilized = RankStabilized, ModulesToSave = ModulesToSave };
        init => (Rank, Alpha, Dropout, TargetModules, RankStabilized, ModulesToSave) = (value.Rank, value.Alpha, value.Dropout, value.TargetModules, value.RankStabilized, value.ModulesToSave);
    }
}
