using AlignService.Model.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Settings;

namespace AlignService.Training.Checkpoints;

/// <summary>A policy in a checkpoint: a Hugging Face directory, or, where an adapter is trained, the adapter alone as a PEFT directory.</summary>
public static class PolicyFiles
{
    /// <summary>Writes into a directory that holds no checkpoint yet; an adapter always in float32.</summary>
    /// <param name="policy">Borrowed.</param>
    /// <param name="startDirectory">The whole model that training began with: the adapter's base; otherwise its configuration, tokenizer and dtypes are taken over.</param>
    /// <param name="directory">Where to.</param>
    /// <param name="dtype">Number format of whole weights.</param>
    /// <returns>What the number format lost.</returns>
    public static RoundingReport Save(Transformer policy, string startDirectory, string directory, SaveDtype dtype)
    {
        if (policy.Adapter is { } adapter)
        {
            PeftAdapter.Save(adapter, policy.Config, Path.GetFullPath(startDirectory), directory);
            return new RoundingReport(Rounded: false, LostShare: 0);
        }

        HuggingFaceCheckpoint.Save(policy, startDirectory, directory, TrainerStateFiles.Stored(dtype));
        return RoundingReport.Of(policy, startDirectory, directory);
    }

    /// <summary>Brings back what <see cref="Save"/> wrote.</summary>
    /// <exception cref="CheckpointException">The checkpoint is broken, or of another model or adapter.</exception>
    public static void Restore(Transformer policy, string directory)
    {
        if (policy.Adapter is not { } adapter)
        {
            TrainerStateFiles.ReadWeights(policy, directory);
            return;
        }

        using LowRankAdapter saved = PeftAdapter.Load(directory, policy, trainable: false);
        if (!saved.NamedParameters().Select(Form).SequenceEqual(adapter.NamedParameters().Select(Form)))
        {
            throw new CheckpointException($"{directory} holds an adapter of another form than this run trains. Resume with the job's own checkpoint.");
        }

        adapter.CopyFrom(saved);
    }

    private static string Form((string Name, TorchSharp.Modules.Parameter Parameter) entry) => $"{entry.Name} {string.Join(' ', entry.Parameter.shape)}";
}
