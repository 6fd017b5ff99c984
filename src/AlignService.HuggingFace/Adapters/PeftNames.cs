namespace AlignService.HuggingFace.Adapters;

/// <summary>Names of tensors in adapter_model.safetensors.</summary>
internal static class PeftNames
{
    private const string Root = "base_model.model.";

    internal static string Down(string modulePath) => $"{Root}{modulePath}.lora_A.weight";

    internal static string Up(string modulePath) => $"{Root}{modulePath}.lora_B.weight";

    /// <summary>The base's own matrix under an A and a B, which PEFT stores beside them for the head.</summary>
    internal static string Base(string modulePath) => $"{Root}{modulePath}.base_layer.weight";

    /// <summary>A parameter that is trained whole.</summary>
    internal static string Whole(string parameterPath) => Root + parameterPath;
}
