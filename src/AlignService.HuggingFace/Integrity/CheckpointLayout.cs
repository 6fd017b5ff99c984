namespace AlignService.HuggingFace.Integrity;

/// <summary>Where a checkpoint holds what is not the model, so that every other program sees the model alone.</summary>
public static class CheckpointLayout
{
    /// <summary>The folder of what only the trainer needs: optimizer moments, masters, position in the data.</summary>
    public const string TrainerFolder = "trainer";

    /// <summary>Files of the trainer beside the model, as versions up to 0.2.0 wrote them.</summary>
    public static IReadOnlyList<string> FormerTrainerFiles { get; } = ["trainer_state.json", "trainer_state.safetensors"];

    /// <param name="path">Relative to the checkpoint.</param>
    public static bool IsTrainerState(string path) =>
        path.StartsWith($"{TrainerFolder}/", StringComparison.Ordinal) || FormerTrainerFiles.Contains(path);
}
