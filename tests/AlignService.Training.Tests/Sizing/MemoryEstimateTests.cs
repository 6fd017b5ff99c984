using AlignService.HuggingFace.Inspection;
using AlignService.Specs.Sizing;
using AlignService.Testing;
using Xunit;

namespace AlignService.Training.Tests.Sizing;

public sealed class MemoryEstimateTests
{
    /// <summary>A count of the parts against a peak of the whole process.</summary>
    private const double Tolerance = 0.05;

    /// <summary>SmolLM2-135M's peaks in docs/benchmarks.md: `rollout` and `update` of 16 sequences of 96 tokens, the update without reference and sampler.</summary>
    [Theory]
    [InlineData(false, 1.36e9)]
    [InlineData(true, 4.81e9)]
    public void Of_MeasuredBenchmarks_IsNearTheirPeaks(bool update, double measured)
    {
        ModelReport report = ModelInspector.Inspect(SharedModels.SmolLm2());
        MemoryEstimate estimate = MemoryEstimate.Of(report, new MemoryAssumptions { Rows = 16, Length = 96 })!;
        MemoryNeed need = update ? estimate.FullTraining with { ReferenceWeights = 0, SamplerWeights = 0 } : estimate.Sampling;
        Assert.InRange(need.Total, measured * (1 - Tolerance), measured * (1 + Tolerance));
    }

    /// <summary>The PPO job of docs/benchmarks.md, whose sequences had up to about 200 tokens.</summary>
    [Fact]
    public void Of_AMeasuredJobWithACritic_IsNearItsPeak()
    {
        const double measured = 10.48e9;
        MemoryEstimate estimate = MemoryEstimate.Of(ModelInspector.Inspect(SharedModels.SmolLm2()), new MemoryAssumptions { Rows = 16, Length = 200 })!;
        Assert.InRange(estimate.CriticTraining.Total, measured * (1 - Tolerance), measured * (1 + Tolerance));
    }

    [Fact]
    public void Of_AnAdapter_HoldsOneCopyOfTheBaseAndCountsBothOfItsMatrices()
    {
        ModelReport report = ModelInspector.Inspect(GoldenFolder.CaseFolder("models", "llama-gqa"));
        MemoryEstimate eight = MemoryEstimate.Of(report, new MemoryAssumptions { AdapterRank = 8 })!, four = MemoryEstimate.Of(report, new MemoryAssumptions { AdapterRank = 4 })!;
        Assert.Equal(0, eight.AdapterTraining.ReferenceWeights);
        Assert.Equal(2 * four.AdapterTraining.Gradients, eight.AdapterTraining.Gradients);
        Assert.Equal(eight.FullTraining.Weights + eight.AdapterTraining.Gradients, eight.AdapterTraining.Weights);
        int width = report.Config!.HiddenSize, queries = report.Config.HeadCount * report.Config.HeadDim, keys = report.Config.KeyValueHeadCount * report.Config.HeadDim, inner = report.Config.IntermediateSize;
        long each = (2L * (width + queries)) + (2L * (width + keys)) + (3L * (width + inner));
        Assert.Equal(4 * 8 * each * report.Config.Layers.Count, eight.AdapterTraining.Gradients);
    }

    [Fact]
    public void Of_ALengthBeyondTheContext_CountsTheContext()
    {
        ModelReport report = ModelInspector.Inspect(GoldenFolder.CaseFolder("models", "llama-gqa"));
        Assert.Equal(report.Config!.MaxPositions, MemoryEstimate.Of(report, new MemoryAssumptions { Length = 1_000_000 })!.Length);
    }

    [Theory]
    [InlineData("reward-models", "llama")]
    [InlineData("adapters", "gpt2-c-attn")]
    public void Of_WhatIsNoLanguageModel_IsNothing(string kind, string name) =>
        Assert.Null(MemoryEstimate.Of(ModelInspector.Inspect(GoldenFolder.CaseFolder(kind, name)), new MemoryAssumptions()));
}
