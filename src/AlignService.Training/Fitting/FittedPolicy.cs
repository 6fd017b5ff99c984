using AlignService.Model.Architecture;
using AlignService.Specs.Settings;
using AlignService.Training.Checkpoints;

namespace AlignService.Training.Fitting;

/// <summary>A causal language model that is trained on examples, or an adapter over it. Owns both.</summary>
public sealed class FittedPolicy(Transformer model) : IFittedModel
{
    public Transformer Body { get; } = model;

    public RoundingReport Save(string startDirectory, string directory, SaveDtype dtype) => PolicyFiles.Save(Body, startDirectory, directory, dtype);

    public void Restore(string directory) => PolicyFiles.Restore(Body, directory);

    public void Dispose()
    {
        Body.Adapter?.Dispose();
        Body.Dispose();
    }
}
