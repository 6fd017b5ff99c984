using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Tests.Architecture;
using AlignService.Testing;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Checkpoints.Families;

/// <summary>The first Gemma has no golden case: what its config.json means is held against Llama, which has, with weights that mean the same.</summary>
public sealed class GemmaFamilyTests : IDisposable
{
    private const double Tolerance = 1e-5;
    private const string Embedding = "model.embed_tokens.weight", Head = "lm_head.weight";

    private static readonly double Scale = Math.Sqrt(24);

    private static readonly TransformerConfig Twin = TinyModel.Llama with { KeyValueHeadCount = 1, Activation = ActivationKind.GeluTanh };

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void LogitsAndGradients_AreThoseOfALlamaThatMeansTheSame()
    {
        using IDisposable noGrad = no_grad();
        using Transformer gemma = TinyModel.Create(GemmaModel.Read(GemmaModel.Published) with { InitializerRange = 0.3 }), llama = TinyModel.Create(Twin, seed: 2);
        random.manual_seed(3);
        foreach ((string _, Tensor norm) in gemma.NamedParameters().Where(entry => IsNorm(entry.Name)))
        {
            norm.normal_(0, 0.3);
        }

        HuggingFaceCheckpoint.Save(gemma, null, _folder["model"], null);
        File.WriteAllText(Path.Combine(_folder["model"], "config.json"), GemmaModel.Published);
        using Transformer read = HuggingFaceCheckpoint.LoadTransformer(_folder["model"], new LoadOptions());
        Dictionary<string, Tensor> weights = read.ExactParameters().ToDictionary(entry => entry.Name, entry => entry.Value);
        foreach ((string name, Tensor weight) in llama.NamedParameters())
        {
            weight.copy_(
                name == Head ? weights[Embedding]
                : name == Embedding ? weights[name] * Scale
                : IsNorm(name) ? weights[name] + 1
                : weights[name]);
        }

        using Tensor ids = arange(3, 43L).unsqueeze(0);
        AssertNear(llama.Logits(llama.Hidden(ids)), read.Logits(read.Hidden(ids)));
        using (enable_grad())
        {
            llama.Logits(llama.Hidden(ids)).logsumexp(-1).sum().backward();
            read.Logits(read.Hidden(ids)).logsumexp(-1).sum().backward();
        }

        Dictionary<string, Tensor> gradients = llama.NamedParameters().ToDictionary(entry => entry.Name, entry => entry.Parameter.grad!);
        foreach ((string name, Tensor weight) in read.NamedParameters())
        {
            // The tied matrix stands for both of Llama's.
            AssertNear(name == Embedding ? (gradients[name] * Scale) + gradients[Head] : gradients[name], weight.grad!);
        }
    }

    [Fact]
    public void Read_AbsentKeys_HaveTheFamilysDefaults()
    {
        TransformerConfig config = GemmaModel.Read("""{"model_type": "gemma", "vocab_size": 50, "hidden_size": 64, "intermediate_size": 40, "max_position_embeddings": 64, "num_attention_heads": 4, "num_hidden_layers": 1, "num_key_value_heads": 4}""");

        Assert.Equal((256, 10000.0, 1e-6, 8.0), (config.HeadDim, config.Layers[0].Rope!.Theta, config.NormEpsilon, config.EmbeddingScale));
        Assert.Equal((ActivationKind.GeluTanh, HeadKind.Tied, NormKind.RootMeanSquarePlusOne, false), (config.Activation, config.Head, config.Norm, config.QueryKeyValueBias));
    }

    [Theory]
    [InlineData("\"hidden_act\": \"gelu_pytorch_tanh\"", "\"hidden_act\": \"gelu\"", "transformers 5 the first")]
    [InlineData("\"hidden_activation\": \"gelu_pytorch_tanh\"", "\"hidden_activation\": \"gelu\"", "transformers 5 the first")]
    [InlineData("\"vocab_size\": 50", "\"vocab_size\": 50, \"query_pre_attn_scalar\": 256", "query_pre_attn_scalar")]
    [InlineData("\"vocab_size\": 50", "\"vocab_size\": 50, \"sliding_window\": 16", "sliding_window")]
    public void Read_WhatItCannotMean_IsRefusedByName(string part, string changed, string named) =>
        Assert.Contains(named, Assert.Throws<CheckpointException>(() => GemmaModel.Read(GemmaModel.Published.Replace(part, changed, StringComparison.Ordinal))).Message, StringComparison.Ordinal);

    [Fact]
    public void Save_NewModel_ReadsBackAsTheSameConfiguration()
    {
        TransformerConfig config = GemmaModel.Read(GemmaModel.Published);
        using Transformer model = TinyModel.Create(config);
        HuggingFaceCheckpoint.Save(model, null, _folder["model"], null);

        TransformerConfig read = ModelDescription.Read(_folder["model"]).Config;

        Assert.Equal(config.Layers, read.Layers);
        Assert.Equal(config with { EndTokenIds = [], Layers = [] }, read with { EndTokenIds = [], Layers = [] });
    }

    public void Dispose() => _folder.Dispose();

    private static void AssertNear(Tensor expected, Tensor got) =>
        Assert.InRange((expected - got).abs().max().ToDouble(), 0, Tolerance * expected.abs().max().ToDouble());

    private static bool IsNorm(string name) => name.EndsWith("norm.weight", StringComparison.Ordinal);
}
