using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Safetensors;

namespace AlignService.Training.Fitting;

/// <summary>A causal language model that is trained on examples. Owns it.</summary>
public sealed class FittedPolicy(Transformer model) : IFittedModel
{
    public Transformer Body { get; } = model;

    public void Save(string startDirectory, string directory, StoredDtype? dtype) => HuggingFaceCheckpoint.Save(Body, startDirectory, directory, dtype);

    public void Dispose() => Body.Dispose();
}
