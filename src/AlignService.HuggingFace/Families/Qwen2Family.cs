using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>Qwen 2 and 2.5: Llama with biases on q, k and v, and an optional window on the upper blocks.</summary>
internal sealed class Qwen2Family : IModelFamily
{
    public string ModelType => "qwen2";

    public string ArchitecturePrefix => "Qwen2";

    public TransformerConfig Read(ConfigObject config) =>
        UpperWindows.Read(CommonKeys.Decoder(config, ModelType, new DecoderDefaults()) with { QueryKeyValueBias = true }, config);

    public JsonObject Write(TransformerConfig config)
    {
        JsonObject json = NewConfiguration.Decoder(config);
        UpperWindows.Write(json, config);
        return json;
    }
}
