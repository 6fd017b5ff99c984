using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Families;

/// <summary>The known families.</summary>
internal static class ModelFamilies
{
    private static readonly IModelFamily[] All =
    [
        new LlamaFamily(), new MistralFamily(), new Qwen2Family(), new Qwen3Family(), new SmolLm3Family(), new Olmo2Family(),
        new GemmaFamily(), new Gemma2Family(), new Gemma3Family(), new Phi3Family(), new Gpt2Family(), new GptNeoXFamily(),
    ];

    internal static IModelFamily Find(string modelType) =>
        All.FirstOrDefault(family => family.ModelType == modelType)
        ?? throw new CheckpointException(
            $"model_type {modelType} is not supported yet; supported: {string.Join(", ", All.Select(family => family.ModelType).Order(StringComparer.Ordinal))}.");
}

/// <summary>How one family of models writes its configuration and names its weights. One small class per family; the forward pass knows none of them.</summary>
internal interface IModelFamily
{
    /// <summary>config.json's `model_type`.</summary>
    string ModelType { get; }

    /// <summary>X of XForSequenceClassification, in the `architectures` of a reward model.</summary>
    string ArchitecturePrefix { get; }

    /// <summary>The `architectures` of a language model.</summary>
    string LanguageModelArchitecture => $"{ArchitecturePrefix}ForCausalLM";

    /// <summary>Reads every key that the family knows; the caller refuses the others.</summary>
    TransformerConfig Read(ConfigObject config);

    /// <summary>What a new model's config.json says besides what all families have in common; <see cref="Read"/> gives the same configuration back.</summary>
    JsonObject Write(TransformerConfig config);
}
