using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Safetensors;

namespace AlignService.HuggingFace.Directories;

/// <summary>Checks, from the files' headers only, that the tensors of a checkpoint are those its configuration requires.</summary>
internal static class WeightFit
{
    /// <summary>Tables in old checkpoints; they are computed, not learned.</summary>
    private static readonly string[] TableSuffixes = [".attn.bias", ".attn.masked_bias", ".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq"];

    /// <summary>Most faults in one message; a hostile configuration can require a hundred thousand tensors.</summary>
    private const int MostNamed = 1000;

    internal static bool IsTable(string name) => TableSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal));

    /// <exception cref="CheckpointException">Lists everything that does not fit.</exception>
    internal static void Check(SafetensorsDirectory files, IReadOnlyList<ParameterSpec> specs)
    {
        IReadOnlyList<string> faults = Faults(files, specs);
        if (faults.Count > 0)
        {
            throw new CheckpointException(Describe(faults));
        }
    }

    internal static string Describe(IReadOnlyList<string> faults) => $"The weights do not fit config.json ({faults.Count} problems): {string.Join("; ", faults.Take(MostNamed))}{(faults.Count > MostNamed ? $"; and {faults.Count - MostNamed} more" : "")}.";

    /// <summary>Everything that is missing, unexpected, or of a wrong shape or dtype, from the files' headers only.</summary>
    internal static IReadOnlyList<string> Faults(SafetensorsDirectory files, IReadOnlyList<ParameterSpec> specs)
    {
        var faults = new List<string>();
        var expected = new HashSet<string>(StringComparer.Ordinal);
        foreach (ParameterSpec spec in specs)
        {
            expected.Add(spec.Name);
            if (!files.TryGet(spec.Name, out _, out StoredTensor tensor))
            {
                faults.Add($"{spec.Name} is missing{(IsHead(spec.Name) ? " (if the head is the embedding, set tie_word_embeddings to true)" : "")}");
            }
            else if (!tensor.Shape.SequenceEqual(spec.Shape))
            {
                faults.Add($"{spec.Name} is [{string.Join(", ", tensor.Shape)}], but config.json requires [{string.Join(", ", spec.Shape)}]");
            }
            else if (!StoredDtypes.HoldsWeights(tensor.Dtype))
            {
                faults.Add($"{spec.Name} is {StoredDtypes.HeaderName(tensor.Dtype)}; supported are F32, BF16 and F16");
            }
        }

        faults.AddRange(files.Tensors.Where(tensor => !expected.Contains(tensor.Name) && !IsTable(tensor.Name)).Select(tensor => $"{tensor.Name} is unexpected{(IsHead(tensor.Name) ? " (if the head is not the embedding, set tie_word_embeddings to false)" : "")}"));
        return faults;
    }

    private static bool IsHead(string name) => name is "lm_head.weight" or "embed_out.weight";
}
