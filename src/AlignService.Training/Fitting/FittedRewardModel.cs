using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Settings;
using AlignService.Training.Checkpoints;

namespace AlignService.Training.Fitting;

/// <summary>A transformer with a scalar head that is trained on examples. Owns it.</summary>
public sealed class FittedRewardModel(RewardModelHead head) : IFittedModel
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
