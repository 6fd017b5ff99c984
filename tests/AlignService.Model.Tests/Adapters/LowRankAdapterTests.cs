using AlignService.HuggingFace.Adapters;
using AlignService.Model.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Architecture.Layers;
using AlignService.Model.Checkpoints;
using AlignService.Model.LogProbs;
using AlignService.Testing;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Tests.Adapters;

/// <summary>What an adapter does to a model's numbers.</summary>
public sealed class LowRankAdapterTests
{
    private static readonly long[] Ids = [5, 17, 3, 42, 8, 29, 11, 2, 33];

    [Theory]
    [InlineData("llama-gqa")]
    [InlineData("gpt2")]
    [InlineData("gpt-neox")]
    [InlineData("phi3")]
    public void Create_NewAdapter_ChangesNothingAndIsTheSameForEqualSeeds(string caseName)
    {
        using Transformer model = Load(caseName);
        float[] without = Logits(model);
        using LowRankAdapter adapter = LowRankAdapter.Create(model, new AdapterConfig(), seed: 9), again = LowRankAdapter.Create(model, new AdapterConfig(), seed: 9);
        model.Adapter = adapter;
        Assert.Equal(without, Logits(model));
        foreach (((string name, Parameter first), (_, Parameter second)) in adapter.NamedParameters().Zip(again.NamedParameters()))
        {
            Assert.Equal(first.bytes.ToArray(), second.bytes.ToArray());
            double bound = 1 / Math.Sqrt(first.size(1)), largest = first.abs().max().ToDouble();
            Assert.True(name.EndsWith("lora_B.weight", StringComparison.Ordinal) ? largest == 0 : largest > 0.9 * bound && largest <= bound, $"{name}: {largest} of {bound}");
        }
    }

    [Fact]
    public void Adapter_SeveralOverOneBase_EachGivesItsOwnNumbers()
    {
        using Transformer model = Load("llama-gqa");
        using LowRankAdapter first = RandomAdapter.Over(model, new AdapterConfig(), seed: 1), second = RandomAdapter.Over(model, new AdapterConfig { TargetModules = ["down_proj"] }, seed: 2);
        float[] without = Logits(model);
        float[] Under(LowRankAdapter? adapter)
        {
            model.Adapter = adapter;
            return Logits(model);
        }

        (float[] one, float[] two) = (Under(first), Under(second));
        Assert.NotEqual(one, two);
        Assert.NotEqual(without, one);
        Assert.Equal(one, Under(first));
        Assert.Equal(two, Under(second));
        Assert.Equal(without, Under(null));
    }

    [Theory]
    [InlineData("llama-gqa")]
    [InlineData("qwen2-bf16")]
    [InlineData("gemma2")]
    public void SelectedLogProbs_AdapterOnTheHead_EqualThePlainOnesAndTheirGradient(string caseName)
    {
        using Transformer model = Load(caseName);
        using LowRankAdapter adapter = RandomAdapter.Over(model, new AdapterConfig { TargetModules = ["lm_head", "o_proj"] });
        model.Adapter = adapter;
        using var scope = NewDisposeScope();
        Tensor targets = tensor(Ids[1..]);

        Tensor plain = nn.functional.log_softmax(model.Logits(model.Hidden(tensor(Ids[..^1]).unsqueeze(0))).squeeze(0) / 0.7, -1).gather(1, targets.unsqueeze(1)).squeeze(1);
        plain.sum().backward();
        Dictionary<string, Tensor> expected = adapter.NamedParameters().ToDictionary(entry => entry.Name, entry => entry.Parameter.grad!.clone());
        ClearGradients(adapter);

        Tensor chunked = SelectedLogProbs.Compute(model, model.Hidden(tensor(Ids[..^1]).unsqueeze(0)).squeeze(0), targets, temperature: 0.7).Values;
        chunked.sum().backward();
        Assert.True(allclose(plain, chunked, rtol: 0, atol: 1e-5));
        Assert.All(adapter.NamedParameters(), entry => Assert.True(allclose(expected[entry.Name], entry.Parameter.grad!, rtol: 1e-4, atol: 1e-5), entry.Name));
        Assert.All(model.NamedParameters(), entry => Assert.Null(entry.Parameter.grad));
    }

    [Fact]
    public void ModulesToSave_EmbeddingOfATiedModel_LeavesTheHeadAlone()
    {
        using Transformer model = Load("qwen2-bf16");
        using LowRankAdapter adapter = RandomAdapter.Over(model, new AdapterConfig { TargetModules = ["q_proj"], ModulesToSave = ["embed_tokens"] });
        using Tensor head = model.HeadWeight.clone();
        float[] without = Logits(model);
        model.Adapter = adapter;
        Assert.NotEqual(without, Logits(model));
        Assert.Equal(head.bytes.ToArray(), model.HeadWeight.bytes.ToArray());
        Assert.Contains("tie_word_embeddings", Assert.Throws<CheckpointException>(() => AdapterMerge.Fold(model, adapter)).Message, StringComparison.Ordinal);
        Assert.Equal(without, Logits(model));
    }

    [Fact]
    public void Fold_BaseInBfloat16_ComputesInFloat32AndRoundsOnce()
    {
        using Transformer model = HuggingFaceCheckpoint.LoadTransformer(GoldenFolder.CaseFolder("models", "qwen2-bf16"), new LoadOptions { Dtype = ScalarType.BFloat16, Trainable = false });
        using Transformer wide = Load("qwen2-bf16");
        using LowRankAdapter adapter = RandomAdapter.Over(model, new AdapterConfig()), wideAdapter = RandomAdapter.Over(wide, new AdapterConfig());
        Assert.All(adapter.NamedParameters(), entry => Assert.Equal(ScalarType.Float32, entry.Parameter.dtype));
        AdapterMerge.Fold(model, adapter);
        AdapterMerge.Fold(wide, wideAdapter);
        foreach (((string name, Parameter rounded), (_, Parameter exact)) in model.NamedParameters().Zip(wide.NamedParameters()))
        {
            using Tensor expected = exact.to(ScalarType.BFloat16);
            Assert.True(rounded.equal(expected).all().ToBoolean(), name);
        }
    }

    [Fact]
    public void Dropout_TrainingPass_DependsOnItsKeyAlone()
    {
        using Transformer model = Load("llama-gqa");
        using LowRankAdapter adapter = RandomAdapter.Over(model, new AdapterConfig { Dropout = 0.5 });
        model.Adapter = adapter;
        float[] evaluation = Logits(model);
        float[] Under(ulong? key)
        {
            adapter.PassKey = key;
            return Logits(model);
        }

        float[] first = Under(1), second = Under(2);
        Assert.NotEqual(evaluation, first);
        Assert.NotEqual(first, second);
        Assert.Equal(first, Under(1));
        Assert.Equal(evaluation, Under(null));
    }

    [Fact]
    public void ActivationCheckpointing_WithDropout_GivesTheSameGradients()
    {
        using Transformer model = Load("llama-gqa");
        using LowRankAdapter adapter = RandomAdapter.Over(model, new AdapterConfig { Dropout = 0.3 });
        model.Adapter = adapter;
        adapter.PassKey = 5;
        byte[] Gradients(bool checkpointing)
        {
            ClearGradients(adapter);
            model.ActivationCheckpointing = checkpointing;
            using var scope = NewDisposeScope();
            model.Hidden(tensor(Ids).unsqueeze(0)).square().sum().backward();
            return [.. adapter.NamedParameters().SelectMany(entry => entry.Parameter.grad!.bytes.ToArray())];
        }

        Assert.Equal(Gradients(checkpointing: false), Gradients(checkpointing: true));
    }

    [Fact]
    public void Dropout_ManyPasses_KeepsTheMeanOfALayer()
    {
        const double Probability = 0.25;
        const int PassCount = 2000;
        var dropout = new AdapterDropout(Probability);
        using var scope = NewDisposeScope();
        Tensor sum = zeros(64), zeroCount = zeros(64);
        for (int i = 0; i < PassCount; i++)
        {
            dropout.PassKey = (ulong)i;
            Tensor dropped = dropout.Apply(ones(64), "layer");
            sum += dropped;
            zeroCount += dropped.eq(0).to(ScalarType.Float32);
        }

        // The standard deviation of one value's mean is 0.013.
        Assert.InRange((sum / PassCount - 1).abs().max().ToDouble(), 0, 0.06);
        Assert.InRange((zeroCount / PassCount).mean().ToDouble(), Probability - 0.01, Probability + 0.01);
    }

    [Fact]
    public void Adapter_OfAnotherModel_IsRefused()
    {
        using Transformer model = Load("llama-gqa"), other = Load("mistral-window");
        using LowRankAdapter adapter = LowRankAdapter.Create(other, new AdapterConfig(), seed: 1);
        Assert.Throws<ArgumentException>(() => model.Adapter = adapter);
        Assert.Null(model.Adapter);
    }

    private static void ClearGradients(LowRankAdapter adapter)
    {
        foreach ((_, Parameter parameter) in adapter.NamedParameters())
        {
            parameter.grad = null;
        }
    }

    private static Transformer Load(string caseName) =>
        HuggingFaceCheckpoint.LoadTransformer(GoldenFolder.CaseFolder("models", caseName), new LoadOptions { Trainable = false });

    private static float[] Logits(Transformer model)
    {
        // Not under no_grad: there layers without an adapter share one product, whose sums run in another order.
        using var scope = NewDisposeScope();
        return model.Logits(model.Hidden(tensor(Ids).unsqueeze(0))).detach().data<float>().ToArray();
    }
}
