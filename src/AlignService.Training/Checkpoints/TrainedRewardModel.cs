using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Settings;

namespace AlignService.Training.Checkpoints;

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
