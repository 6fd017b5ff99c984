using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture;
using AlignService.Model.Architecture.Attention;
using AlignService.Model.Checkpoints;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Architecture.Attention;

public sealed class KvCacheTests
{
    /// <summary>Other kernels, other order of sums, on logits of size 1 to 10.</summary>
    private const double CachedTolerance = 1e-4;

    private static readonly long[] Ids = [3, 14, 15, 9, 26, 5, 35, 8, 9, 7, 9, 32];

    public static TheoryData<string> Variants => [.. TinyModel.Variants.Keys];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Decode_TokenByToken_EqualsWholeForward(string variant)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Transformer model = TinyModel.Create(TinyModel.Variants[variant]);
        using KvCache cache = model.CreateCache(1, Ids.Length);
        Tensor whole = model.Logits(model.Hidden(Row(Ids)));

        AssertClose(whole.narrow(1, 0, 5), model.Logits(model.Decode(Row(Ids[..5]), cache)));
        AssertClose(whole.narrow(1, 5, 2), model.Logits(model.Decode(Row(Ids[5..7]), cache)));
        for (int i = 7; i < Ids.Length; i++)
        {
            AssertClose(whole.narrow(1, i, 1), model.Logits(model.Decode(Row(Ids[i..(i + 1)]), cache)));
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Hidden_WithGradient_EqualsHiddenWithout(string variant)
    {
        using var scope = NewDisposeScope();
        using Transformer model = TinyModel.Create(TinyModel.Variants[variant]);
        Tensor traced = model.Hidden(Row(Ids));
        using var noGrad = no_grad();
        AssertClose(traced.detach(), model.Hidden(Row(Ids)));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Decode_PromptsOfSeveralLengthsExpandedAndDropped_EqualsEachAlone(string variant)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Transformer model = TinyModel.Create(TinyModel.Variants[variant]);
        long[][] prompts = [Ids[..6], Ids[2..5], Ids[4..9]];
        Tensor padded = tensor(prompts.SelectMany(row => row.Concat(Enumerable.Repeat(49L, 6 - row.Length))).ToArray()).view(3, 6);
        using KvCache promptCache = model.CreateCache(3, 6);
        Tensor promptLogits = model.Logits(model.Decode(padded, promptCache, tensor(new long[] { 6, 3, 5 })));
        for (int i = 0; i < 3; i++)
        {
            AssertClose(model.Logits(model.Hidden(Row(prompts[i]))), promptLogits.narrow(0, i, 1).narrow(1, 0, prompts[i].Length));
        }

        // Two completions a prompt, each with tokens of its own; after two tokens only rows 1, 2 and 5 go on.
        using KvCache cache = promptCache.Expand(2, 6 + 4);
        Assert.Equal(6, cache.Rows);
        long[][] sequences = [.. Enumerable.Range(0, 6).Select(row => prompts[row / 2])];
        int[] alive = [0, 1, 2, 3, 4, 5];
        for (int t = 0; t < 4; t++)
        {
            if (t == 2)
            {
                cache.Keep(tensor(new long[] { 1, 2, 5 }));
                alive = [1, 2, 5];
            }

            long[] next = [.. alive.Select(row => (long)(((row + 1) * 7) + t) % 50)];
            Tensor logits = model.Logits(model.Decode(tensor(next).unsqueeze(1), cache));
            for (int i = 0; i < alive.Length; i++)
            {
                sequences[alive[i]] = [.. sequences[alive[i]], next[i]];
                Tensor alone = model.Logits(model.Hidden(Row(sequences[alive[i]])));
                AssertClose(alone.narrow(1, -1, 1), logits.narrow(0, i, 1));
            }
        }
    }

    [Fact]
    public void Decode_BeyondCapacity_SaysSoAndLeavesTheCacheAsItWas()
    {
        using var noGrad = no_grad();
        using Transformer model = TinyModel.Create(TinyModel.Llama);
        using KvCache cache = model.CreateCache(1, 4);
        Assert.Contains("capacity", Assert.Throws<InvalidOperationException>(() => model.Decode(Row(Ids), cache)).Message, StringComparison.Ordinal);
        using Tensor hidden = model.Decode(Row(Ids[..4]), cache);
        Assert.Equal(4, cache.Used);
    }

    [Fact]
    public void Decode_WithGradient_IsRefused()
    {
        using Transformer model = TinyModel.Create(TinyModel.Llama);
        using KvCache cache = model.CreateCache(1, 4);
        Assert.Throws<InvalidOperationException>(() => model.Decode(Row(Ids[..2]), cache));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(20)]
    public void Decode_PositionsThatDependOnLength_GoByThePlannedOne(long plannedLength)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var rope = TinyModel.Rope with { Scaling = new LongRopeScaling([1, 1.5, 2, 3], [2, 3, 5, 9], 1.2, 10) };
        using Transformer model = TinyModel.Create(TinyModel.Llama with { Layers = [new LayerConfig(rope)] });
        using KvCache cache = model.CreateCache(1, Ids.Length);
        Assert.Contains("PlannedLength", Assert.Throws<InvalidOperationException>(() => model.Decode(Row(Ids[..3]), cache)).Message, StringComparison.Ordinal);
        Tensor unplanned = model.Hidden(Row(Ids[..8]));
        model.PlannedLength = plannedLength;
        Tensor whole = model.Hidden(Row(Ids[..8]));
        AssertClose(whole.narrow(1, 0, 3), model.Decode(Row(Ids[..3]), cache));
        AssertClose(whole.narrow(1, 3, 5), model.Decode(Row(Ids[3..8]), cache));
        Assert.Equal(plannedLength <= 10, (whole - unplanned).abs().max().ToDouble() < CachedTolerance);
    }

    [Fact]
    public void Hidden_RowsOnBothSidesOfTheBoundary_EachGoesByItsOwnLength()
    {
        using var scope = NewDisposeScope();
        var rope = TinyModel.Rope with { Scaling = new LongRopeScaling([1, 1.5, 2, 3], [2, 3, 5, 9], 1.2, 5) };

        // In float64: the gradients are large enough for float32's rounding to come near the tolerance.
        using Transformer model = HuggingFaceCheckpoint.CreateRandom(TinyModel.Llama with { Layers = [new LayerConfig(rope)] }, seed: 1, new LoadOptions { Dtype = ScalarType.Float64 });
        long[][] rows = [Ids, Ids[..4], Ids[3..9], Ids[..5]];
        Tensor padded = tensor(rows.SelectMany(row => row.Concat(Enumerable.Repeat(49L, Ids.Length - row.Length))).ToArray()).view(rows.Length, Ids.Length);
        Tensor together = model.Hidden(padded, tensor(rows.Select(row => (long)row.Length).ToArray()));
        Tensor gradient = autograd.grad([together.narrow(1, 0, 4).sum()], [model.HeadWeight, model.NamedParameters().First().Parameter], allow_unused: true)[1];
        Tensor alone = cat([.. rows.Select(row => model.Hidden(Row(row)).narrow(1, 0, 4))]);
        AssertClose(alone, together.narrow(1, 0, 4));
        AssertClose(autograd.grad([alone.sum()], [model.NamedParameters().First().Parameter])[0], gradient);
        Assert.True((model.Hidden(padded).narrow(0, 1, 1) - together.narrow(0, 1, 1)).abs().max().ToDouble() > 0.01);
    }

    [Fact]
    public void Hidden_BeyondTheContext_NamesTheBound()
    {
        using Transformer model = TinyModel.Create(TinyModel.Llama with { MaxPositions = 8 });
        Assert.Contains("8", Assert.Throws<CheckpointException>(() => model.Hidden(Row(Ids))).Message, StringComparison.Ordinal);
    }

    private static Tensor Row(long[] ids) => tensor(ids).unsqueeze(0);

    private static void AssertClose(Tensor expected, Tensor got)
    {
        Assert.Equal(expected.shape, got.shape);
        double difference = (expected - got).abs().max().ToDouble();
        Assert.True(difference <= CachedTolerance, $"largest difference {difference}, tolerance {CachedTolerance}");
    }
}
