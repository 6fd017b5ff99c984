using AlignService.Model.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Settings;

namespace AlignService.Training.Checkpoints;

/// <summary>What training leaves: a model that a checkpoint holds.</summary>
public interface ITrainedModel : IDisposable
{
    /// <summary>Holds the parameters, a scalar head's too. Borrowed.</summary>
    Transformer Body { get; }

    /// <summary>Writes it as a Hugging Face directory, or its adapter as a PEFT directory.</summary>
    /// <param name="startDirectory">What training began with: configuration, tokenizer and dtypes are taken over.</param>
    /// <param name="directory">Holds no checkpoint yet.</param>
    /// <param name="dtype">Number format of whole weights.</param>
    /// <returns>What the number format lost.</returns>
    RoundingReport Save(string startDirectory, string directory, SaveDtype dtype);

    /// <summary>Brings back what <see cref="Save"/> wrote.</summary>
    void Restore(string directory);
}

/// <summary>
/// A causal language model that is trained, or an adapter over it. Its checkpoint is a Hugging Face directory, or, where an adapter is trained, the adapter alone as
/// a PEFT directory, always in float32. Owns both.
/// </summary>
public sealed class TrainedPolicy(Transformer model) : ITrainedModel
{
    public Transformer Body => model;

    public RoundingReport Save(string startDirectory, string directory, SaveDtype dtype)
    {
        if (model.Adapter is { } adapter)
        {
            PeftAdapter.Save(adapter, model.Config, Path.GetFullPath(startDirectory), directory);
            return new RoundingReport(Rounded: false, LostShare: 0);
        }

        HuggingFaceCheckpoint.Save(model, startDirectory, directory, TrainerStateFiles.Stored(dtype));
        return RoundingReport.Of(model, startDirectory, directory);
    }

    /// <exception cref="CheckpointException">The checkpoint is broken, or of another model or adapter.</exception>
    public void Restore(string directory)
    {
        if (model.Adapter is not { } adapter)
        {
            TrainerStateFiles.ReadWeights(model, directory);
            return;
        }

        using LowRankAdapter saved = PeftAdapter.Load(directory, model, trainable: false);
        if (!saved.NamedParameters().Select(Form).SequenceEqual(adapter.NamedParameters().Select(Form)))
        {
            throw new CheckpointException($"{directory} holds an adapter of another form than this run trains. Resume with the job's own checkpoint.");
        }

        adapter.CopyFrom(saved);
    }

    public void Dispose()
    {
        model.Adapter?.Dispose();
        model.Dispose();
    }

    private static string Form((string Name, TorchSharp.Modules.Parameter Parameter) entry) => $"{entry.Name} {string.Join(' ', entry.Parameter.shape)}";
}

/// <summary>A transformer with a scalar head that is trained on examples. Owns it.</summary>
public sealed class TrainedRewardModel(RewardModelHead head) : ITrainedModel
{
    public RewardModelHead Head { get; } = head;

    public Transformer Body => Head.Body;

    public RoundingReport Save(string startDirectory, string directory, SaveDtype dtype)
    {
        HuggingFaceCheckpoint.SaveRewardModel(Head, startDirectory, directory, TrainerStateFiles.Stored(dtype));
        return RoundingReport.Of(Body, startDirectory, directory);
    }

    public void Restore(string directory) => TrainerStateFiles.ReadWeights(Body, directory);

    public void Dispose() => Head.Dispose();
}
