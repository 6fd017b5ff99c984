namespace AlignService.Specs.PolicyOptimization;

/// <summary>How the rewards of a group become advantages.</summary>
public enum AdvantageKind
{
    /// <summary>(r - group mean) / (group std + eps): GRPO, arXiv:2402.03300.</summary>
    GroupStd,

    /// <summary>(r - group mean) / (std of all rewards of the batch + eps).</summary>
    BatchStd,

    /// <summary>r - group mean: Dr. GRPO, arXiv:2503.20783.</summary>
    MeanCentered,

    /// <summary>r - mean of the group's other rewards: RLOO, arXiv:2402.14740.</summary>
    LeaveOneOut,

    /// <summary>Each source normalized in its group, weighted, summed, then whitened over the batch: GDPO.</summary>
    NormalizeThenSum,

    /// <summary>Generalized advantage estimation against a critic's values: PPO, arXiv:1707.06347, arXiv:1506.02438.</summary>
    Critic,

    /// <summary>Scores of segments, normalized over all segments of the group: process supervision, arXiv:2402.03300, section 4.1.3.</summary>
    Process,
}

/// <summary>What is known of a kind wherever it is named.</summary>
internal static class AdvantageKinds
{
    /// <summary>Whether it divides by a standard deviation, and so reads advantage_epsilon.</summary>
    public static bool DividesByDeviation(this AdvantageKind kind) => kind is AdvantageKind.GroupStd or AdvantageKind.BatchStd or AdvantageKind.NormalizeThenSum or AdvantageKind.Process;
}
