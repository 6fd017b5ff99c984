using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Advantages;
using AlignService.Training.Rewards;

namespace AlignService.Training.Tests.Advantages;

/// <summary>The formulas over whole groups by the kinds that jobs name.</summary>
internal static class GroupFormulas
{
    public static Func<RewardTable, double, double[]> Of(AdvantageKind kind) => kind switch
    {
        AdvantageKind.GroupStd => GroupAdvantage.GroupStandardized,
        AdvantageKind.BatchStd => GroupAdvantage.BatchStandardized,
        AdvantageKind.MeanCentered => GroupAdvantage.MeanCentered,
        AdvantageKind.LeaveOneOut => GroupAdvantage.LeaveOneOut,
        AdvantageKind.NormalizeThenSum => GroupAdvantage.NormalizedThenSummed,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
