using AlignService.Model.Architecture.Parameters;
using AlignService.Model.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace AlignService.Model.Checkpoints;

/// <summary>Brings the weights of a checkpoint into memory, tensor by tensor.</summary>
internal static class WeightLoader
{
    /// <summary>Tables that old checkpoints carry; they are computed, not learned.</summary>
    private static readonly string[] TableSuffixes = [".attn.bias", ".attn.masked_bias", ".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq"];

    /// <summary>Faults in one message; a hostile configuration can ask for a hundred thousand tensors.</summary>
    private const int MostNamed = 1000;

    internal static bool IsTable(string name) => TableSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal));

    /// <exception cref="CheckpointException">Lists everything that is missing, unexpected, or of a wrong shape or dtype.</exception>
    internal static ParameterSet Load(SafetensorsDirectory files, IReadOnlyList<ParameterSpec> specs, LoadOptions options)
    {
        Check(files, specs);
        using var noGrad = no_grad();
        ParameterSet parameters = ParameterSet.Allocate(specs, options);
        try
        {
            var broken = new List<string>();
            foreach (ParameterSpec spec in specs)
            {
                files.TryGet(spec.Name, out SafetensorsFile file, out StoredTensor tensor);
                file.ReadInto(tensor, parameters.Exact(spec.Name));
                if (!IsFinite(parameters.Exact(spec.Name)))
                {
                    broken.Add(spec.Name);
                }
            }

            parameters.TakeMasters();
            return broken.Count == 0 ? parameters : throw new CheckpointException($"Weights that are not finite numbers (NaN or infinity) stand in: {string.Join(", ", broken)}.");
        }
        catch
        {
            parameters.Dispose();
            throw;
        }
    }

    /// <summary>Two passes without a copy; the largest and the smallest value are NaN if any value is.</summary>
    internal static bool IsFinite(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.numel() == 0 || (double.IsFinite(values.max().ToDouble()) && double.IsFinite(values.min().ToDouble()));
    }

    /// <exception cref="CheckpointException">Lists everything that does not fit.</exception>
    private static void Check(SafetensorsDirectory files, IReadOnlyList<ParameterSpec> specs)
    {
        IReadOnlyList<string> faults = Faults(files, specs);
        if (faults.Count > 0)
        {
            throw new CheckpointException(Describe(faults));
        }
    }

    internal static string Describe(IReadOnlyList<string> faults) => $"The weights do not fit config.json in {faults.Count} place(s): {string.Join("; ", faults.Take(MostNamed))}{(faults.Count > MostNamed ? $"; and {faults.Count - MostNamed} more" : "")}.";

    /// <summary>Everything that is missing, unexpected, or of a wrong shape or dtype, by the files' headers alone.</summary>
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
                faults.Add($"{spec.Name} is [{string.Join(", ", tensor.Shape)}], config.json asks for [{string.Join(", ", spec.Shape)}]");
            }
            else if (!StoredDtypes.HoldsWeights(tensor.Dtype))
            {
                faults.Add($"{spec.Name} is {StoredDtypes.HeaderName(tensor.Dtype)}, supported are F32, BF16 and F16");
            }
        }

        faults.AddRange(files.Tensors.Where(tensor => !expected.Contains(tensor.Name) && !IsTable(tensor.Name)).Select(tensor => $"{tensor.Name} is not expected{(IsHead(tensor.Name) ? " (if the head is not the embedding, set tie_word_embeddings to false)" : "")}"));
        return faults;
    }

    private static bool IsHead(string name) => name is "lm_head.weight" or "embed_out.weight";
}
