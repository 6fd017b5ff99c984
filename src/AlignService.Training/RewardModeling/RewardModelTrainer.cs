using AlignService.Model.Checkpoints;
using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;
using AlignService.Training.Fitting;

namespace AlignService.Training.RewardModeling;

/// <summary>Reward-model training: teaches a transformer with a scalar head which of two completions is preferred (Bradley-Terry; arXiv:2203.02155, eq. 1).</summary>
public static class RewardModelTrainer
{
    /// <summary>A trainer of the likelihood of preferences. Borrows the model.</summary>
    /// <param name="model">Trainable.</param>
    /// <param name="pairs">At least one; prompt and completion together are read.</param>
    /// <param name="heldOut">For evaluation; may be empty.</param>
    /// <param name="config">Batches and optimiser.</param>
    public static FittingTrainer Create(RewardModelHead model, IReadOnlyList<PreferencePair> pairs, IReadOnlyList<PreferencePair> heldOut, FittingConfig config) => new(new FittingTrainerSetup
    {
        Model = model.Body,
        Objective = new RewardModelObjective(model, pairs),
        HeldOut = heldOut.Count == 0 ? null : new RewardModelObjective(model, heldOut),
        Config = config,
    });
}
