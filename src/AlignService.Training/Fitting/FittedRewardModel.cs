using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Safetensors;

namespace AlignService.Training.Fitting;

/// <summary>A transformer with a scalar head that is trained on examples. Owns it.</summary>
public sealed class FittedRewardModel(RewardModelHead head) : IFittedModel
{
    public RewardModelHead Head { get; } = head;

    public Transformer Body => Head.Body;

    public void Save(string startDirectory, string directory, StoredDtype? dtype) => HuggingFaceCheckpoint.SaveRewardModel(Head, startDirectory, directory, dtype);

    public void Dispose() => Head.Dispose();
}
