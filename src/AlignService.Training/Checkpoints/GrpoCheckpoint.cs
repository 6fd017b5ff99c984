using AlignService.Specs.Settings;
using AlignService.Training.Grpo;
using AlignService.Training.Optimization;
using AlignService.Training.Policies;
using static TorchSharp.torch;

namespace AlignService.Training.Checkpoints;

/// <summary>
/// A checkpoint of a GRPO run: the policy as a Hugging Face or PEFT directory, and beside it trainer_state.json and trainer_state.safetensors, from which a run continues bit for bit.
/// </summary>
public static class GrpoCheckpoint
{
    private const string WeightPrefix = "policy.";
    private const string ReferencePrefix = "reference.";

    /// <summary>Writes into a directory that holds no checkpoint yet.</summary>
    /// <param name="trainer">Between two steps.</param>
    /// <param name="startDirectory">The checkpoint that training began with: its configuration, tokenizer and dtypes are taken over.</param>
    /// <param name="directory">Where to.</param>
    /// <param name="dtype">Number format of the weights.</param>
    /// <returns>What the number format lost; the trainer's state keeps it.</returns>
    public static RoundingReport Save(GrpoTrainer trainer, string startDirectory, string directory, SaveDtype dtype)
    {
        RoundingReport rounding = PolicyFiles.Save(trainer.Policy, startDirectory, directory, dtype);
        TrainerState state = new()
        {
            CompletedSteps = trainer.CompletedSteps,
            OptimizerSteps = trainer.Optimizer.StepCount,
            CriticOptimizerSteps = trainer.CriticOptimizer?.StepCount ?? 0,
            PromptPosition = trainer.Prompts.Position,
            KlCoefficient = trainer.KlCoefficient,
            SkippedInARow = trainer.Improvement.SkippedInARow,
            DropoutPasses = trainer.Dropout.Count,
            Guardian = trainer.Guardian.State,
            HoldsWeights = rounding.Rounded,
            HoldsReference = trainer.Reference is not null && trainer.Config.ReferenceSyncSteps is not null,
            Waiting = trainer.Pool.Waiting,
        };
        TrainerStateFiles.Write(directory, state, Tensors(trainer, state));
        return rounding;
    }

    /// <summary>Brings a new trainer to where the checkpoint's was: weights, moments, place in the data, adapted coefficients.</summary>
    /// <param name="trainer">Made by the same set-up, its policy loaded from anywhere.</param>
    /// <param name="directory">Written by <see cref="Save"/>.</param>
    /// <exception cref="CheckpointException">The checkpoint is broken or belongs to another run.</exception>
    public static void Restore(GrpoTrainer trainer, string directory)
    {
        TrainerState state = TrainerStateFiles.ReadState<TrainerState>(directory);
        if (!state.HoldsWeights)
        {
            PolicyFiles.Restore(trainer.Policy, directory);
        }

        TrainerStateFiles.ReadTensors(directory, Tensors(trainer, state));
        trainer.Policy.TakeMasters();
        trainer.CompletedSteps = state.CompletedSteps;
        trainer.Optimizer.StepCount = state.OptimizerSteps;
        if (trainer.CriticOptimizer is not null)
        {
            trainer.CriticOptimizer.StepCount = state.CriticOptimizerSteps;
        }

        trainer.Prompts.Position = state.PromptPosition;
        trainer.KlCoefficient = state.KlCoefficient;
        trainer.Improvement.SkippedInARow = state.SkippedInARow;
        trainer.Dropout.Count = state.DropoutPasses;
        trainer.Guardian.Restore(state.Guardian);
        trainer.Pool.Restore(state.Waiting);
    }

    /// <summary>The state's tensors by their names in the file; borrowed.</summary>
    private static Dictionary<string, Tensor> Tensors(GrpoTrainer trainer, TrainerState state)
    {
        IEnumerable<KeyValuePair<string, Tensor>> tensors = [.. Moments(trainer.Optimizer), .. Moments(trainer.CriticOptimizer), .. Learner.CriticTensors(trainer.Critic)];
        if (state.HoldsWeights)
        {
            tensors = tensors.Concat(TrainerStateFiles.WeightsOf(trainer.Policy, WeightPrefix));
        }

        if (state.HoldsReference)
        {
            IReferenceModel reference = trainer.Reference
                ?? throw new CheckpointException("The checkpoint holds a reference model, but this run has none. Resume with the job's own checkpoint.");
            tensors = tensors.Concat(reference.State.Select(entry => KeyValuePair.Create(ReferencePrefix + entry.Key, entry.Value)));
        }

        return new(tensors);
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Moments(AdamW? optimizer) => optimizer?.Moments ?? Enumerable.Empty<KeyValuePair<string, Tensor>>();
}
