namespace AlignService.Model.Inspection;

/// <summary>What a PEFT directory says of its adapter.</summary>
public sealed record AdapterReport
{
    /// <summary>`base_model_name_or_path`, as written: a name on the Hub, or a path.</summary>
    public required string BaseModel { get; init; }

    public required int Rank { get; init; }

    public required double Alpha { get; init; }

    /// <summary>alpha / sqrt(rank) instead of alpha / rank.</summary>
    public required bool IsRankStabilized { get; init; }

    /// <summary>Names, suffixes, a regular expression, or all-linear.</summary>
    public required IReadOnlyList<string> TargetModules { get; init; }

    /// <summary>Modules that are replaced whole.</summary>
    public required IReadOnlyList<string> ModulesToSave { get; init; }
}
