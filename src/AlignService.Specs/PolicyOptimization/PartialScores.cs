namespace AlignService.Specs.PolicyOptimization;

/// <summary>What happens to a completion that not every reward source scored.</summary>
public enum PartialScores
{
    /// <summary>The sources that scored are summed, and an event says that one is missing.</summary>
    Sum,

    /// <summary>The row is excluded from every mean and std and gets advantage 0.</summary>
    ExcludeRow,
}
