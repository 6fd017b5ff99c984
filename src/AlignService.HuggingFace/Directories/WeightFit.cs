using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Safetensors;

namespace AlignService.HuggingFace.Directories;

/// <summary>Checks that the tensors of a checkpoint are those its configuration requires, from the files' headers; only a copy of a tied head is read.</summary>
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
        if (FindFault(files, specs) is { } fault)
        {
            throw new CheckpointException(fault);
        }
    }

    /// <summary>Everything that does not fit, or the one reason why nothing does; null where all fits.</summary>
    internal static string? FindFault(SafetensorsDirectory files, IReadOnlyList<ParameterSpec> specs) =>
        Faults(files, specs) is not { Count: > 0 } faults ? null : QuantizedWeights.FindFault(files.Tensors) ?? Describe(faults);

    private static string Describe(List<string> faults) => $"The weights do not fit config.json ({faults.Count} problems): {string.Join("; ", faults.Take(MostNamed))}{(faults.Count > MostNamed ? $"; and {faults.Count - MostNamed} more" : "")}.";

    /// <summary>Everything that is missing, unexpected, or of a wrong shape or dtype.</summary>
    private static List<string> Faults(SafetensorsDirectory files, IReadOnlyList<ParameterSpec> specs)
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

        foreach (StoredTensor tensor in files.Tensors.Where(tensor => !expected.Contains(tensor.Name) && !IsTable(tensor.Name)))
        {
            if (!IsHead(tensor.Name))
            {
                faults.Add($"{tensor.Name} is unexpected");
            }
            else if (FaultOfHead(files, specs, tensor) is { } fault)
            {
                faults.Add(fault);
            }
        }

        return faults;
    }

    /// <summary>Many writers leave a copy of a tied head, which is accepted where it is the embedding, bit for bit.</summary>
    private static string? FaultOfHead(SafetensorsDirectory files, IReadOnlyList<ParameterSpec> specs, StoredTensor head)
    {
        if (specs.Any(spec => spec.Name == ParameterLayout.ScoreHead))
        {
            return $"{head.Name} is unexpected: the model is a classifier, whose head is {ParameterLayout.ScoreHead}";
        }

        files.TryGet(head.Name, out SafetensorsFile headFile, out _);
        string embeddingName = specs.First(spec => spec.Kind == ParameterKind.Embedding).Name;
        if (!files.TryGet(embeddingName, out SafetensorsFile embeddingFile, out StoredTensor embedding) || HaveSameBytes((headFile, head), (embeddingFile, embedding)))
        {
            return null;
        }

        return $"{head.Name} is unexpected: it ({head.Describe()}) differs from {embedding.Name} ({embedding.Describe()}), but tie_word_embeddings is true, so the embedding would be used as the head "
            + $"(set tie_word_embeddings to false if the model has a head of its own; remove {head.Name} if it has not)";
    }

    private static bool HaveSameBytes((SafetensorsFile File, StoredTensor Tensor) first, (SafetensorsFile File, StoredTensor Tensor) second)
    {
        const int BlockSize = 64 << 20;
        long length = first.Tensor.End - first.Tensor.Begin;
        if (first.Tensor.Dtype != second.Tensor.Dtype || !first.Tensor.Shape.SequenceEqual(second.Tensor.Shape))
        {
            return false;
        }

        for (long offset = 0; offset < length; offset += BlockSize)
        {
            int count = (int)Math.Min(BlockSize, length - offset);
            if (!first.File.Bytes(first.Tensor, offset, count).SequenceEqual(second.File.Bytes(second.Tensor, offset, count)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsHead(string name) => name is "lm_head.weight" or "embed_out.weight";
}
