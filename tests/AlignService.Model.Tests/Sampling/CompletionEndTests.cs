using AlignService.Model.Architecture;
using AlignService.Model.Sampling;
using AlignService.Specs.PolicyOptimization;
using Xunit;

namespace AlignService.Model.Tests.Sampling;

/// <summary>When a completion ends, why, and what of it is shown; with completions that are known from an unlimited run.</summary>
public sealed class CompletionEndTests : IDisposable
{
    private static readonly SamplingKey Key = new(Seed: 4, Step: 0);
    private static readonly SamplingRequest Request = new(0, TinyModel.Prompts(5)[4], 1);

    private readonly Transformer _model = TinyModel.Create(9);
    private readonly CompletionSampler _sampler;

    public CompletionEndTests() => _sampler = CompletionSamplerTests.Sampler("simd", _model);

    [Fact]
    public void Sample_EndToken_IsKeptWithItsLogProbAndNotShown()
    {
        Completion completion = Ended();
        Assert.Contains(completion.TokenIds[^1], _sampler.EndTokenIds);
        Assert.DoesNotContain(completion.TokenIds.SkipLast(1), id => _sampler.EndTokenIds.Contains(id));
        Assert.Equal(completion.TokenIds.Count, completion.LogProbs.Count);
        Assert.Equal(1f, completion.MeanKeptMass);
    }

    [Fact]
    public void Sample_EndTokenExactlyAtTheLimit_IsNotTruncated()
    {
        Completion free = Ended();
        Completion atLimit = Sample(new SamplingConfig { MaxCompletionLength = free.TokenIds.Count }, SeedOfEnded());
        Assert.Equal(free.TokenIds, atLimit.TokenIds);
        Assert.Equal(FinishReason.Stop, atLimit.FinishReason);

        Completion shorter = Sample(new SamplingConfig { MaxCompletionLength = free.TokenIds.Count - 1 }, SeedOfEnded());
        Assert.Equal(free.TokenIds.SkipLast(1), shorter.TokenIds);
        Assert.Equal(FinishReason.Length, shorter.FinishReason);
    }

    [Fact]
    public void Sample_StopStringAcrossTokens_KeepsTheTokensAndCutsTheText()
    {
        var config = new SamplingConfig { MaxCompletionLength = 30 };
        Completion free = Sample(config, 0);

        // Two characters where one token's text ends and the next one's begins.
        int boundary = Enumerable.Range(3, 20).First(count =>
            Text(free, count).Length >= 2 && Text(free, count + 1).Length > Text(free, count).Length && char.IsAscii(Text(free, count)[^1]) && char.IsAscii(Text(free, count + 1)[Text(free, count).Length]));
        int end = Text(free, boundary).Length;
        string stop = free.Text.Substring(end - 1, 2);
        int first = free.Text.IndexOf(stop, StringComparison.Ordinal);

        Completion stopped = Sample(config with { StopStrings = ["never found", stop] }, 0);
        Assert.Equal(FinishReason.StopString, stopped.FinishReason);
        Assert.Equal(free.Text[..first], stopped.Text);
        Assert.Equal(free.TokenIds.Take(stopped.TokenIds.Count), stopped.TokenIds);
        Assert.Contains(stop, Text(free, stopped.TokenIds.Count), StringComparison.Ordinal);
        Assert.DoesNotContain(stop, Text(free, stopped.TokenIds.Count - 1), StringComparison.Ordinal);
    }

    [Fact]
    public void Sample_TemperatureZero_IgnoresTheSeedAndTemperatureNearZeroAgrees()
    {
        var greedy = new SamplingConfig { MaxCompletionLength = 20, Temperature = 0 };
        Completion expected = Sample(greedy, 1);
        Assert.Equal(expected.TokenIds, Sample(greedy, 2).TokenIds);
        Assert.Equal(expected.TokenIds, Sample(greedy with { Temperature = 1e-6 }, 3).TokenIds);
    }

    [Fact]
    public void Sample_PromptAndCompletionBeyondTheContext_IsAClearError()
    {
        var request = new SamplingRequest(7, [.. Enumerable.Repeat(5, 150)], 2);
        var error = Assert.Throws<SamplingException>(() => _sampler.Sample([Request, request], new SamplingConfig { MaxCompletionLength = 60 }, Key, null, CancellationToken.None));
        Assert.Contains("Prompt 7 has 150 tokens", error.Message, StringComparison.Ordinal);
        Assert.Contains("context of 200", error.Message, StringComparison.Ordinal);
        Assert.Contains("max_completion_length to 50", error.Message, StringComparison.Ordinal);

        Assert.Equal(2, _sampler.Sample([request], new SamplingConfig { MaxCompletionLength = 50 }, Key, null, CancellationToken.None)[0].Count);
    }

    [Fact]
    public void Sample_PromptThatTheModelCannotRead_IsAClearError()
    {
        Assert.Contains("no tokens", Error([]).Message, StringComparison.Ordinal);
        Assert.Contains("id 99999", Error([1, 99999]).Message, StringComparison.Ordinal);

        SamplingException Error(int[] ids) =>
            Assert.Throws<SamplingException>(() => _sampler.Sample([new SamplingRequest(0, ids, 1)], new SamplingConfig { MaxCompletionLength = 5 }, Key, null, CancellationToken.None));
    }

    public void Dispose()
    {
        _sampler.Dispose();
        _model.Dispose();
    }

    /// <summary>The text of a completion's first tokens.</summary>
    private static string Text(Completion completion, int tokenCount) =>
        TinyModel.Tokenizer.Decode([.. completion.TokenIds.Take(tokenCount)], skipSpecialTokens: true).TrimEnd('\uFFFD');

    private Completion Ended() => Sample(new SamplingConfig { MaxCompletionLength = 100 }, SeedOfEnded());

    private ulong SeedOfEnded()
    {
        var config = new SamplingConfig { MaxCompletionLength = 100 };
        return Enumerable.Range(0, 100).Select(seed => (ulong)seed).First(seed => Sample(config, seed) is { FinishReason: FinishReason.Stop, TokenIds.Count: > 4 });
    }

    private Completion Sample(SamplingConfig config, ulong seed) => _sampler.Sample([Request], config, new SamplingKey(seed, 0), null, CancellationToken.None)[0][0];
}
