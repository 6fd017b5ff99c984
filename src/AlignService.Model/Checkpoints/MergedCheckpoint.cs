using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Adapters;
using AlignService.Model.Architecture;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Checkpoints;

/// <summary>A full checkpoint of a base with an adapter merged into it, and how close it is to base and adapter.</summary>
/// <param name="Merged">The merged weights in float32, compared with base and adapter.</param>
/// <param name="Written">The same for the written files, whose number format may have rounded.</param>
public sealed record MergedCheckpoint(MergeReport Merged, MergeReport Written)
{
    /// <summary>Merges in float32, whatever the base's dtype, writes the result, and reads it back to check it.</summary>
    /// <param name="model">A base and its adapter.</param>
    /// <param name="targetDirectory">Created atomically; must not exist yet.</param>
    /// <param name="dtype">Of the written weights; null: as the base is stored.</param>
    /// <exception cref="CheckpointException">The adapter or its base cannot be used, or the target exists.</exception>
    public static MergedCheckpoint Write(AdaptedModel model, string targetDirectory, StoredDtype? dtype)
    {
        string adapterDirectory = model.AdapterDirectory ?? throw new CheckpointException($"{model.BaseDirectory} is a full model, so there is nothing to merge; name a PEFT directory (adapter_config.json).");
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(targetDirectory)), partial = target + ".partial";
        if (Path.Exists(target) || Path.Exists(partial))
        {
            throw new CheckpointException($"{(Path.Exists(target) ? target : partial)} already exists; name another directory, or remove it.");
        }

        using var scope = NewDisposeScope();
        (Tensor expected, MergeReport merged) = Merge(model, adapterDirectory, partial, dtype);
        using (Transformer written = HuggingFaceCheckpoint.LoadTransformer(partial, Frozen))
        {
            Directory.Move(partial, target);
            return new(merged, AdapterMerge.Compare(expected, AdapterMerge.ProbeLogits(written)));
        }
    }

    private static LoadOptions Frozen => new() { Trainable = false };

    private static (Tensor Expected, MergeReport Report) Merge(AdaptedModel model, string adapterDirectory, string directory, StoredDtype? dtype)
    {
        using Transformer transformer = HuggingFaceCheckpoint.LoadTransformer(model.BaseDirectory, Frozen);
        using LowRankAdapter adapter = PeftAdapter.Load(adapterDirectory, transformer, trainable: false);
        transformer.Adapter = adapter;
        Tensor expected = AdapterMerge.ProbeLogits(transformer);
        AdapterMerge.Fold(transformer, adapter);
        MergeReport report = AdapterMerge.Compare(expected, AdapterMerge.ProbeLogits(transformer));
        HuggingFaceCheckpoint.Save(transformer, model.BaseDirectory, directory, dtype);
        return (expected, report);
    }
}
