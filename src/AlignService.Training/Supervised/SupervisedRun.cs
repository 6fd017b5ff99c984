using AlignService.Model.Architecture;
using AlignService.Specs.Examples;
using AlignService.Training.Fitting;
using AlignService.Training.Policies;

namespace AlignService.Training.Supervised;

/// <summary>Loads a run of supervised fine-tuning.</summary>
public static class SupervisedRun
{
    /// <summary>Loads model and data, and goes on from a checkpoint where one is given.</summary>
    /// <exception cref="AlignService.AlignException">Something that was named cannot be used.</exception>
    public static FittingRun Load(SupervisedRunSetup setup, string? checkpointDirectory)
    {
        // 1. The data, before anything that is large.
        ExampleSets sets = new(setup.ModelDirectory, setup.Config);
        ExampleEncoder encoder = new(sets.Tokenizer, sets.Model);
        IReadOnlyList<TokenSequence> Encode(ExampleSourceConfig source) => sets.Encode(ExampleFile.Load(source), encoder.Encode, row => row.Length);
        IReadOnlyList<TokenSequence> examples = Encode(setup.Examples);
        IReadOnlyList<TokenSequence> heldOut = setup.EvaluationExamples is null ? [] : Encode(setup.EvaluationExamples);

        // 2. The policy.
        Transformer model = PolicyLoader.Load(setup.ModelDirectory, setup.Config.Adapter, setup.ResolveModel, setup.Config.Seed, ComputeDtype.Trained(setup.Config.Memory.PolicyDtype, setup.Device));
        model.PlannedLength = sets.Longest;
        FittingTrainer trainer = SupervisedTrainer.Create(model, examples, heldOut, setup.Config);
        return new FittingRun(new FittedPolicy(model), trainer, sets.BaseDirectory, sets.Messages).From(checkpointDirectory);
    }
}
