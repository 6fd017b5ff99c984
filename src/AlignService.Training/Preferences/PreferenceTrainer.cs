using AlignService.Specs.Preferences;
using AlignService.Training.Fitting;
using static TorchSharp.torch;

namespace AlignService.Training.Preferences;

/// <summary>Direct preference optimisation (arXiv:2305.18290): raises what is preferred over what is not, held to a reference, without sampling.</summary>
public static class PreferenceTrainer
{
    /// <summary>A trainer of the sigmoid loss; reads the reference's log-probs of every pair first.</summary>
    public static FittingTrainer Create(PreferenceTrainerSetup setup, CancellationToken cancellationToken)
    {
        Tensor pairs = Reference(setup, setup.Pairs, cancellationToken);
        Tensor heldOut = Reference(setup, setup.HeldOut, cancellationToken);
        return new(new FittingTrainerSetup
        {
            Model = setup.Model,
            Objective = new PreferenceObjective(setup.Model, setup.Pairs, pairs, setup.Preference),
            HeldOut = setup.HeldOut.Count == 0 ? null : new PreferenceObjective(setup.Model, setup.HeldOut, heldOut, setup.Preference),
            State = new Dictionary<string, Tensor> { ["reference.pairs"] = pairs, ["reference.held_out"] = heldOut },
            Config = setup.Config,
        });
    }

    private static Tensor Reference(PreferenceTrainerSetup setup, IReadOnlyList<PreferencePair> pairs, CancellationToken cancellationToken) => setup.IsResumed
        ? ReferenceLogProbs.Allocate(pairs.Count)
        : ReferenceLogProbs.Compute(setup.Reference ?? setup.Model, pairs, setup.Config.MicroBatchSize, cancellationToken);
}
