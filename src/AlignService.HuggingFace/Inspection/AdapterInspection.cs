using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Safetensors;

namespace AlignService.HuggingFace.Inspection;

/// <summary>Inspects a PEFT directory without its base model.</summary>
internal static class AdapterInspection
{
    private const string WeightFileName = "adapter_model.safetensors";

    internal static ModelReport Inspect(string directory)
    {
        PeftConfig adapter = PeftConfig.Read(directory);
        var findings = new FindingList();
        findings.Warn("needs_base_model", $"This is a low-rank adapter: it needs its base model, {adapter.BaseModel ?? "which it does not name"}. It does not specify vocabulary, context or tokens.");
        string path = Path.Combine(directory, WeightFileName);
        using SafetensorsFile? file = findings.Try("weights_unreadable", () => SafetensorsFile.Open(path));
        IReadOnlyCollection<StoredTensor> tensors = [.. file?.Tensors.Values ?? []];
        string[] strays = [.. tensors.Select(tensor => tensor.Name).Where(name => !name.StartsWith("base_model.model.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        if (strays.Length > 0)
        {
            findings.Fault("unexpected_tensors", $"{WeightFileName} has tensors that are not part of an adapter: {string.Join(", ", strays.Take(5))}; names must begin with base_model.model.");
        }

        return new ModelReport
        {
            Directory = directory,
            Kind = ModelKind.Adapter,
            Adapter = adapter,
            ParameterCount = tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size)),
            StoredDtypes = WeightInspection.DtypesOf(tensors),
            Files = file is null ? [] : [new WeightFile(WeightFileName, new FileInfo(path).Length)],
            Findings = findings.FaultsFirst,
        };
    }
}
