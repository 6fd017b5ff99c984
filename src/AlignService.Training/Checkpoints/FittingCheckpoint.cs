using AlignService.Specs.Settings;
using AlignService.Training.Fitting;
using static TorchSharp.torch;

namespace AlignService.Training.Checkpoints;

/// <summary>A checkpoint of training on fixed examples: the model as a Hugging Face or PEFT directory, and beside it the trainer's state, from which a run continues bit for bit.</summary>
public static class FittingCheckpoint
{
    private const string WeightPrefix = "model.";

    /// <summary>Writes into a directory that holds no checkpoint yet.</summary>
    /// <param name="trainer">Between two steps.</param>
    /// <param name="model">That it trains.</param>
    /// <param name="startDirectory">The checkpoint that training began with.</param>
    /// <param name="directory">Where to.</param>
    /// <param name="dtype">Number format of the weights.</param>
    /// <returns>What the number format lost; the trainer's state keeps it.</returns>
    public static RoundingReport Save(FittingTrainer trainer, IFittedModel model, string startDirectory, string directory, SaveDtype dtype)
    {
        RoundingReport rounding = model.Save(startDirectory, directory, dtype);
        FittingState state = new()
        {
            CompletedSteps = trainer.CompletedSteps,
            OptimizerSteps = trainer.Optimizer.StepCount,
            SkippedInARow = trainer.SkippedInARow,
            DropoutPasses = trainer.Dropout.Count,
            HoldsWeights = rounding.Rounded,
        };
        TrainerStateFiles.Write(directory, state, Tensors(trainer, state));
        return rounding;
    }

    /// <summary>Brings a new trainer to where the checkpoint's was.</summary>
    /// <param name="trainer">Made by the same set-up.</param>
    /// <param name="model">That it trains, loaded from anywhere.</param>
    /// <param name="directory">Written by <see cref="Save"/>.</param>
    /// <exception cref="CheckpointException">The checkpoint is broken or belongs to another run.</exception>
    public static void Restore(FittingTrainer trainer, IFittedModel model, string directory)
    {
        FittingState state = TrainerStateFiles.ReadState<FittingState>(directory);
        if (!state.HoldsWeights)
        {
            model.Restore(directory);
        }

        TrainerStateFiles.ReadTensors(directory, Tensors(trainer, state));
        trainer.Model.TakeMasters();
        trainer.CompletedSteps = state.CompletedSteps;
        trainer.Optimizer.StepCount = state.OptimizerSteps;
        trainer.SkippedInARow = state.SkippedInARow;
        trainer.Dropout.Count = state.DropoutPasses;
    }

    private static Dictionary<string, Tensor> Tensors(FittingTrainer trainer, FittingState state) =>
        new(state.HoldsWeights ? trainer.State.Concat(TrainerStateFiles.WeightsOf(trainer.Model, WeightPrefix)) : trainer.State);
}
