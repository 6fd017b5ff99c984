namespace AlignService.Specs.Settings;

/// <summary>When checkpoints are written and how many stay.</summary>
public sealed record CheckpointPolicy
{
    /// <summary>Steps between checkpoints; 1 or more. The last step always writes one.</summary>
    public int EverySteps { get; init; } = 50;

    /// <summary>Checkpoints kept besides best and last; 0 or more.</summary>
    public int Keep { get; init; } = 2;

    /// <summary>Besides, one of every evaluated step whose score is above that of all checkpoints before.</summary>
    public bool SaveBest { get; init; } = true;

    public SaveDtype SaveDtype { get; init; } = SaveDtype.AsLoaded;
}
