using AlignService.HuggingFace.Architecture;

namespace AlignService.HuggingFace.Adapters;

/// <summary>Names, as PEFT writes them, and shapes of all tensors of an adapter.</summary>
internal sealed record AdapterLayout(IReadOnlyList<LinearModule> Modules, IReadOnlyList<ParameterSpec> Saved)
{
    /// <summary>A module that is trained in full has no A and B.</summary>
    /// <exception cref="CheckpointException">No target matches.</exception>
    internal static AdapterLayout For(TransformerConfig model, AdapterConfig config)
    {
        IReadOnlyList<ParameterSpec> saved = AdapterTargets.SavedParameters(model, config);
        HashSet<string> savedNames = [.. saved.Select(spec => spec.Name)];
        return new([.. AdapterTargets.Find(model, config).Where(module => !savedNames.Contains($"{module.Name}.weight"))], saved);
    }

    internal static IEnumerable<(string Name, long[] Shape)> Of(TransformerConfig model, AdapterConfig config)
    {
        AdapterLayout layout = For(model, config);
        return layout.Modules.SelectMany(module => new[] { (PeftNames.Down(module.Path), new[] { config.Rank, module.Inputs }), (PeftNames.Up(module.Path), [module.Outputs, config.Rank]) })
            .Concat(layout.Saved.Select(spec => (PeftNames.Whole(model.Names.ModulePath(spec.Name)), spec.Shape)));
    }
}

/// <summary>Names of tensors in adapter_model.safetensors.</summary>
internal static class PeftNames
{
    private const string Root = "base_model.model.";

    internal static string Down(string modulePath) => $"{Root}{modulePath}.lora_A.weight";

    internal static string Up(string modulePath) => $"{Root}{modulePath}.lora_B.weight";

    /// <summary>The base's own matrix under an A and a B, which PEFT stores with them for the head.</summary>
    internal static string Base(string modulePath) => $"{Root}{modulePath}.base_layer.weight";

    /// <summary>A parameter that is trained in full.</summary>
    internal static string Whole(string parameterPath) => Root + parameterPath;
}
