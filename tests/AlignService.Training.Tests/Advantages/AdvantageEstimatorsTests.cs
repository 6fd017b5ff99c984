using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Advantages;
using AlignService.Training.Losses;
using Xunit;

namespace AlignService.Training.Tests.Advantages;

/// <summary>Every kind that a job can name has one entry in its list.</summary>
public sealed class AdvantageEstimatorsTests
{
    [Fact]
    public void AdvantageEstimators_HoldEveryKindOnce() => Assert.Equal(Enum.GetValues<AdvantageKind>().Order(), AdvantageEstimators.Kinds.Order());

    [Fact]
    public void Objectives_HoldEveryKindOnce() => Assert.Equal(Enum.GetValues<Objective>().Order(), Objectives.Kinds.Order());
}
