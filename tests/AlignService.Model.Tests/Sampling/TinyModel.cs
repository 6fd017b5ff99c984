using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Parameters;
using AlignService.Model.Sampling;
using AlignService.Testing;
using AlignService.Text.Tokenization;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Sampling;

/// <summary>A small random model whose widths fit no vector, with a tokenizer of the golden folder's making.</summary>
internal static class TinyModel
{
    internal static Tokenizer Tokenizer { get; } =
        Tokenizer.Load(Path.Combine(Repository.Root, "tests", "golden", "tokenizers", "bytelevel-gpt2", "tokenizer.json"));

    /// <summary>Ends with the tokenizer's end token, or with any of some other ids, so that some completions are short.</summary>
    internal static TransformerConfig Config { get; } = new()
    {
        ModelType = "llama",
        VocabSize = Tokenizer.VocabularySize,
        HiddenSize = 40,
        IntermediateSize = 53,
        HeadCount = 6,
        KeyValueHeadCount = 2,
        HeadDim = 12,
        MaxPositions = 200,
        Layers = [.. Enumerable.Repeat(new LayerConfig(new RopeConfig { Theta = 10000, RotaryDim = 12 }), 3)],
        QueryKeyValueBias = true,
        AttentionOutputBias = true,
        FeedForwardBias = true,
        EndTokenIds = [Tokenizer.TokenId("<|endoftext|>")!.Value, .. Enumerable.Range(700, 40)],
    };

    internal static Transformer Create(ulong seed, ScalarType dtype = ScalarType.Float32)
    {
        using var noGrad = no_grad();
        ParameterSet parameters = new LoadOptions { Dtype = dtype }.Allocate(ParameterLayout.Of(Config));
        int index = 0;
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in parameters.All)
        {
            using var scope = NewDisposeScope();
            var stream = new RandomStream(new SamplingKey(seed, index++), 0, 0);
            float[] values = [.. Enumerable.Range(0, (int)parameter.numel()).Select(i => (float)(stream.Uniform(i) - 0.5) * 0.7f)];
            bool isNorm = name.EndsWith("norm.weight", StringComparison.Ordinal);
            parameter.copy_(tensor(values).view(parameter.shape) + (isNorm ? 1 : 0));
        }

        return new Transformer(Config, parameters);
    }

    /// <summary>Prompts of different lengths, one of them longer than a page of the cache.</summary>
    internal static int[][] Prompts(int count)
    {
        string text = "The quick brown fox jumps over the lazy dog, and then it does so again, twice; nobody knows why. ";
        return [.. Enumerable.Range(0, count).Select(i => i == 3 ? Tokenizer.Encode(text + text, false)[..90] : Tokenizer.Encode(text[(3 * i)..], false)[..(1 + (2 * i))])];
    }
}
