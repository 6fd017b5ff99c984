using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>Mistral: Llama with a sliding window on every block.</summary>
internal sealed class MistralFamily : IModelFamily
{
    private const int DefaultWindow = 4096;

    public string ModelType => "mistral";

    public string ArchitecturePrefix => "Mistral";

    public TransformerConfig Read(ConfigObject config) =>
        CommonKeys.WithWindows(CommonKeys.Decoder(config, ModelType, new DecoderDefaults()), config, CommonKeys.Window(config, DefaultWindow), _ => true);

    public JsonObject Write(TransformerConfig config)
    {
        JsonObject json = NewConfiguration.Decoder(config);
        NewConfiguration.SetWindows(json, config);
        return json;
    }
}
