using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>The first Gemma: Llama with scaled embeddings, norms that add 1 to their weights, and a tanh GELU.</summary>
internal sealed class GemmaFamily : IModelFamily
{
    private const int DefaultHeadDim = 256;
    private const string Activation = "gelu_pytorch_tanh", OldActivationKey = "hidden_activation";

    public string ModelType => "gemma";

    public string ArchitecturePrefix => "Gemma";

    public TransformerConfig Read(ConfigObject config)
    {
        bool bias = config.Bool("attention_bias", false);
        TransformerConfig decoder = CommonKeys.Decoder(config, ModelType, new DecoderDefaults { HeadDim = DefaultHeadDim, Activation = Activation, Tied = true });
        if (decoder.Activation != ActivationKind.GeluTanh || CommonKeys.Activation(config, OldActivationKey, Activation) != ActivationKind.GeluTanh)
        {
            throw new CheckpointException(
                $"config.json: hidden_act and {OldActivationKey} must be {Activation} where present: transformers 4 reads the second, transformers 5 the first, so any other value is ambiguous. Set both to {Activation}, or remove both.");
        }

        return decoder with
        {
            Norm = NormKind.RootMeanSquarePlusOne,
            EmbeddingScale = Math.Sqrt(decoder.HiddenSize),
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
        };
    }

    public JsonObject Write(TransformerConfig config)
    {
        JsonObject json = NewConfiguration.Decoder(config);
        json[OldActivationKey] = NewConfiguration.Activation(config.Activation);
        json["attention_bias"] = config.QueryKeyValueBias;
        return json;
    }
}
