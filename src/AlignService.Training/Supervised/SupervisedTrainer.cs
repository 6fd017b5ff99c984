using AlignService.Model.Architecture;
using AlignService.Specs.Examples;
using AlignService.Specs.Settings;
using AlignService.Training.Fitting;

namespace AlignService.Training.Supervised;

/// <summary>Supervised fine-tuning: teaches a model the completions of examples.</summary>
public static class SupervisedTrainer
{
    /// <summary>A trainer of mean cross-entropy over completion tokens. Borrows the model.</summary>
    /// <param name="model">Trainable.</param>
    /// <param name="examples">At least one.</param>
    /// <param name="heldOut">For evaluation; may be empty.</param>
    /// <param name="config">Batches and optimiser.</param>
    public static FittingTrainer Create(Transformer model, IReadOnlyList<TokenSequence> examples, IReadOnlyList<TokenSequence> heldOut, FittingConfig config) => new(new FittingTrainerSetup
    {
        Model = model,
        Objective = new SupervisedObjective(model, examples),
        HeldOut = heldOut.Count == 0 ? null : new SupervisedObjective(model, heldOut),
        Config = config,
    });
}
