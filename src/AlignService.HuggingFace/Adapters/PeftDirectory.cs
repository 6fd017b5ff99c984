using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;
using AlignService.HuggingFace.Safetensors;

namespace AlignService.HuggingFace.Adapters;

/// <summary>A PEFT directory (adapter_config.json and adapter_model.safetensors), from its JSON and the header of its tensors only.</summary>
public static class PeftDirectory
{
    internal const string TensorsFile = "adapter_model.safetensors";

    /// <summary>Whether a directory holds an adapter but no model.</summary>
    public static bool IsAdapter(string directory) =>
        File.Exists(Path.Combine(directory, PeftConfig.FileName)) && !File.Exists(Path.Combine(directory, ModelFiles.ConfigFile));

    /// <summary>Checks, from JSON and the header of the tensors only, that a directory holds an adapter for a model.</summary>
    /// <param name="directory">The adapter's directory.</param>
    /// <param name="model">The configuration of its base.</param>
    /// <exception cref="CheckpointException">It holds none, or one that cannot be loaded.</exception>
    public static void Check(string directory, TransformerConfig model)
    {
        if (!File.Exists(Path.Combine(directory, PeftConfig.FileName)))
        {
            throw new CheckpointException($"{directory} has no {PeftConfig.FileName}, so it is not a PEFT adapter.");
        }

        AdapterConfig config = PeftConfig.Read(directory).Adapter;
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(directory, TensorsFile));
        CheckSizes(file, model, config);
    }

    /// <summary>Before any memory is allocated: the rank in the configuration is not trusted.</summary>
    internal static void CheckSizes(SafetensorsFile file, TransformerConfig model, AdapterConfig config)
    {
        Dictionary<string, long[]> expected = Shapes(model, config);
        List<string> faults = [];
        foreach ((string name, long[] shape) in expected)
        {
            if (!file.Tensors.TryGetValue(name, out StoredTensor? stored))
            {
                faults.Add($"{name} is missing");
            }
            else if (!stored.Shape.SequenceEqual(shape))
            {
                faults.Add($"{name} is [{string.Join(", ", stored.Shape)}], but {PeftConfig.FileName} and the model require [{string.Join(", ", shape)}]");
            }
            else if (!StoredDtypes.HoldsWeights(stored.Dtype))
            {
                faults.Add($"{name} is {StoredDtypes.HeaderName(stored.Dtype)}; supported are F32, BF16 and F16");
            }
        }

        string headCopy = PeftNames.Base(model.Names.Head);
        bool hasHeadCopy = expected.ContainsKey(PeftNames.Down(model.Names.Head)) && file.Tensors.TryGetValue(headCopy, out StoredTensor? copy)
            && StoredDtypes.HoldsWeights(copy.Dtype) && copy.Shape.SequenceEqual([model.VocabSize, model.HiddenSize]);
        faults.AddRange(file.Tensors.Keys.Where(name => !expected.ContainsKey(name) && !(hasHeadCopy && name == headCopy)).Select(name => $"{name} is unexpected"));
        if (faults.Count > 0)
        {
            throw new CheckpointException($"The adapter does not fit its configuration and the {model.ModelType} model ({faults.Count} problems): {string.Join("; ", faults)}.");
        }
    }

    private static Dictionary<string, long[]> Shapes(TransformerConfig model, AdapterConfig config) =>
        AdapterLayout.Of(model, config).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
}
