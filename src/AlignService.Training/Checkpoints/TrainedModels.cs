using AlignService.Model.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Settings;

namespace AlignService.Training.Checkpoints;

/// <summary>The result of training: a model that checkpoints hold.</summary>
public interface ITrainedModel : IDisposable
{
    /// <summary>Holds the parameters, including a scalar head's. Borrowed.</summary>
    Transformer Body { get; }

    /// <summary>Writes it as a Hugging Face directory, or its adapter as a PEFT directory.</summary>
    /// <param name="startDirectory">What training started from: source of configuration, tokenizer and dtypes.</param>
    /// <param name="directory">Holds no checkpoint yet.</param>
    /// <param name="dtype">Number format of full weights.</param>
    /// <returns>What the number format lost.</returns>
    RoundingReport Save(string startDirectory, string directory, SaveDtype dtype);

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    void Restore(string directory);
}

/// <summary>
/// A causal language model that is trained, or an adapter over it. Its checkpoint is a Hugging Face directory, or, where an adapter is trained, only the adapter as
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

    /// <exception cref="CheckpointException">The checkpoint is damaged, or of another model or adapter.</exception>
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
            throw new CheckpointException($"{directory} holds an adapter with a different form than the one in training. Resume with the job's own checkpoint.");
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
