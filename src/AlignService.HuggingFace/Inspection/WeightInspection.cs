using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.HuggingFace.Files;
using AlignService.HuggingFace.Safetensors;

namespace AlignService.HuggingFace.Inspection;

/// <summary>Inspects the headers of a model's weights.</summary>
internal sealed record WeightInspection(IReadOnlyList<string> Dtypes, IReadOnlyList<WeightFile> Files)
{
    private const string DtypeKey = "dtype", OldDtypeKey = "torch_dtype";

    internal static IReadOnlyList<ParameterSpec> Specs(ModelDescription description) =>
        description.IsClassifier ? ParameterLayout.OfRewardModel(description.Config) : ParameterLayout.Of(description.Config);

    /// <summary>As in the configuration, limited to the largest representable number.</summary>
    internal static long ParameterCount(ModelDescription description) =>
        (long)Int128.Min(long.MaxValue, Specs(description).Aggregate(Int128.Zero, (sum, spec) => sum + spec.ElementCount));

    internal static WeightInspection Of(string directory, ModelDescription description, FindingList findings)
    {
        WeightFile[] files = [.. Directory.GetFiles(directory, "*.safetensors").Order(StringComparer.Ordinal).Select(path => new WeightFile(Path.GetFileName(path), new FileInfo(path).Length))];
        using SafetensorsDirectory? opened = findings.Try("weights_unreadable", () => SafetensorsDirectory.Open(directory));
        if (opened is null)
        {
            return new WeightInspection([], files);
        }

        TransformerConfig config = HuggingFaceDirectory.WithNamesOf(description.Config, opened);
        if (WeightFit.FindFault(opened, Specs(description with { Config = config })) is { } fault)
        {
            findings.Fault("weights_do_not_fit", fault);
        }

        IReadOnlyList<string> dtypes = DtypesOf(opened.Tensors.Where(tensor => !WeightFit.IsTable(tensor.Name)));
        CompareDtype(directory, dtypes, findings);
        string[] used = [.. opened.FileNames];
        string[] unused = [.. files.Select(file => file.Name).Except(used)];
        findings.WarnIf(unused.Length > 0, "unused_files", $"{string.Join(", ", unused)} is not part of the model's weights and is not read.");
        string[] pickles = [.. Directory.GetFiles(directory).Select(path => Path.GetFileName(path)).Where(name => name.EndsWith(".bin", StringComparison.Ordinal) || name.EndsWith(".pt", StringComparison.Ordinal))];
        findings.WarnIf(pickles.Length > 0, "pickled_files", $"{string.Join(", ", pickles)}: pickled files are never read, because they can run code; only safetensors are.");
        return new WeightInspection(dtypes, [.. files.Where(file => used.Contains(file.Name))]);
    }

    internal static IReadOnlyList<string> DtypesOf(IEnumerable<StoredTensor> tensors) =>
        [.. tensors.GroupBy(tensor => tensor.Dtype)
            .OrderByDescending(group => group.Sum(tensor => tensor.End - tensor.Begin))
            .Select(group => StoredDtypes.HoldsWeights(group.Key) ? StoredDtypes.ConfigName(group.Key) : StoredDtypes.HeaderName(group.Key))];

    private static void CompareDtype(string directory, IReadOnlyList<string> stored, FindingList findings)
    {
        ConfigObject json = ConfigObject.OfFile(Path.Combine(directory, ModelFiles.ConfigFile));
        string? named = json.Has(DtypeKey) ? json.Text(DtypeKey) : json.Has(OldDtypeKey) ? json.Text(OldDtypeKey) : null;
        findings.WarnIf(stored.Count > 1, "mixed_dtypes", $"The weights are stored in {string.Join(" and ", stored)}; each is saved in its own dtype.");
        string only = stored.Count == 1 ? stored[0] : "";
        findings.WarnIf(named is not null && only.Length > 0 && named != only, "dtype_differs", $"config.json names the dtype {named}, but the weights are stored as {only}, which is used.");
    }
}
