using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.HuggingFace.Files;
using AlignService.HuggingFace.Integrity;

namespace AlignService.HuggingFace.Inspection;

/// <summary>
/// Inspects a model directory. Reads only JSON files and the headers of the weights, and of a checkpoint with a manifest all bytes once, to compare their checksums: no
/// tensors, no native library.
/// </summary>
public static class ModelInspector
{
    /// <exception cref="CheckpointException">The directory is not a model, or its configuration is not supported.</exception>
    public static ModelReport Inspect(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new CheckpointException($"The directory {directory} does not exist; give a Hugging Face directory.");
        }

        FileDamage? damage = CheckpointManifest.FindDamage(directory, ManifestScope.Model, CancellationToken.None);
        try
        {
            ModelReport report = InspectFiles(directory);
            return damage is null ? report : report with { Findings = [new ModelFinding("file_damaged", ModelIntegrity.Describe(directory, damage), IsFault: true), .. report.Findings] };
        }
        catch (CheckpointException) when (damage is not null)
        {
            // What could not be read is only the consequence.
            throw new CheckpointException(ModelIntegrity.Describe(directory, damage));
        }
    }

    private static ModelReport InspectFiles(string directory)
    {
        bool hasConfig = File.Exists(Path.Combine(directory, ModelFiles.ConfigFile)), hasAdapter = File.Exists(Path.Combine(directory, PeftConfig.FileName));
        return (hasConfig, hasAdapter) switch
        {
            (_, true) => AdapterInspection.Inspect(directory),
            (true, _) => InspectModel(directory),
            _ => throw new CheckpointException($"{directory} has neither {ModelFiles.ConfigFile} nor {PeftConfig.FileName}, so it is not a Hugging Face model."),
        };
    }

    /// <summary>Parameters of a model by its configuration, of an adapter's base without the adapter; no weights are read.</summary>
    /// <exception cref="CheckpointException">The configuration cannot be used.</exception>
    public static long CountParameters(string directory) => WeightInspection.ParameterCount(ModelDescription.Read(AdaptedModel.At(directory).BaseDirectory));

    private static ModelReport InspectModel(string directory)
    {
        ModelDescription description = ModelDescription.Read(directory);
        TransformerConfig config = description.Config;
        var findings = new FindingList();
        ModelKind kind = description.IsClassifier ? ModelKind.RewardModel : ModelKind.LanguageModel;

        WeightInspection weights = WeightInspection.Of(directory, description, findings);
        ConfigFindings.Add(directory, description, findings);
        (TokenizerReport? tokenizer, IReadOnlyList<EndToken> endTokens) = TokenizerInspection.Inspect(directory, kind, config, findings);
        return new ModelReport
        {
            Directory = directory,
            Kind = kind,
            Config = config,
            ParameterCount = WeightInspection.ParameterCount(description),
            StoredDtypes = weights.Dtypes,
            Files = weights.Files,
            EndTokens = endTokens,
            Tokenizer = tokenizer,
            HasVectorizedDecoder = kind == ModelKind.LanguageModel && VectorizedDecoding.Obstacle(config) is null,
            Findings = findings.FaultsFirst,
        };
    }
}
