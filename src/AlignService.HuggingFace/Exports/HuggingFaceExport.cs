using System.Text.Json.Nodes;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.HuggingFace.Files;
using AlignService.HuggingFace.Safetensors;
using AlignService.HuggingFace.Weights;

namespace AlignService.HuggingFace.Exports;

/// <summary>A Hugging Face directory for transformers, vLLM and others: configuration, tokenizer and weights, and nothing of the trainer.</summary>
public static class HuggingFaceExport
{
    /// <summary>Writes a language model or a reward model; an adapter is merged, in float32.</summary>
    /// <param name="model">A full model, or a base and its adapter.</param>
    /// <param name="target">A directory that does not exist.</param>
    /// <param name="dtype">Of the weights; null: each as the base stores it.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    /// <exception cref="CheckpointException">The target exists, the model is damaged, or a value is too large for the dtype.</exception>
    public static ModelExport Write(AdaptedModel model, string target, StoredDtype? dtype, CancellationToken cancellationToken) =>
        Write(model, target, dtype, SafetensorsWriter.LargestShard, cancellationToken);

    /// <summary>The same with another size of shards.</summary>
    internal static ModelExport Write(AdaptedModel model, string target, StoredDtype? dtype, long largestShard, CancellationToken cancellationToken) =>
        ModelExport.Run(model, target, partial => WriteTo(model, partial, dtype, largestShard, cancellationToken), cancellationToken);

    private static List<string> WriteTo(AdaptedModel model, string directory, StoredDtype? dtype, long largestShard, CancellationToken cancellationToken)
    {
        using ModelWeights weights = ModelWeights.Open(model);
        Directory.CreateDirectory(directory);
        ConfigFiles.WriteConfig(model.BaseDirectory, directory, Change(model, weights, dtype));
        ModelFiles.Copy(model.BaseDirectory, directory);

        var faults = new Dictionary<StoredDtype, RoundingFaults>();
        SafetensorsWriter.WriteDirectory(directory, [.. weights.Parameters.Select(spec => Pending(spec, dtype ?? weights.DtypeOf(spec.Name)))], largestShard);
        foreach ((StoredDtype format, RoundingFaults ofFormat) in faults)
        {
            ofFormat.ThrowIfAny(StoredDtypes.ConfigName(format));
        }

        return [];

        PendingTensor Pending(ParameterSpec spec, StoredDtype format) => new(spec.Name, format, spec.Shape, stream =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var counts = new RoundingCounts();
            new PlainFormat(format).Write(weights.Rows(spec.Name), stream, counts);
            if (!faults.TryGetValue(format, out RoundingFaults? ofFormat))
            {
                faults.Add(format, ofFormat = new RoundingFaults());
            }

            ofFormat.Add(spec.Name, counts);
        });
    }

    /// <summary>What changes in config.json; null: nothing, so that its bytes stay.</summary>
    private static Action<JsonObject>? Change(AdaptedModel model, ModelWeights weights, StoredDtype? dtype)
    {
        // vLLM finds its code by `architectures`, which transformers does not need.
        bool isNamed = ConfigObject.OfFile(Path.Combine(model.BaseDirectory, ModelFiles.ConfigFile)).Has("architectures");
        return dtype is null && isNamed ? null : config =>
        {
            if (dtype is { } changed)
            {
                ConfigFiles.SetDtype(config, changed);
            }

            if (!isNamed)
            {
                config["architectures"] = new JsonArray(weights.Description.Family.LanguageModelArchitecture);
            }
        };
    }
}
