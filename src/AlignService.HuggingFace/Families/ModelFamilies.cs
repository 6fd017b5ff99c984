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
            $"model_type {modelType} is not supported yet; supported are: {string.Join(", ", All.Select(family => family.ModelType).Order(StringComparer.Ordinal))}.");
}
