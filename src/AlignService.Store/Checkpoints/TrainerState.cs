using AlignService.HuggingFace.Integrity;

namespace AlignService.Store.Checkpoints;

/// <summary>What only the trainer needs of a checkpoint, in its own folder; of an earlier version, beside the model.</summary>
internal static class TrainerState
{
    public static bool IsIn(string directory) =>
        Directory.Exists(FolderIn(directory)) || CheckpointLayout.FormerTrainerFiles.Any(file => File.Exists(Path.Combine(directory, file)));

    public static void Drop(string directory)
    {
        // The manifest first: at every moment each file that it names is there.
        if (CheckpointManifest.TryRead(directory) is { } manifest)
        {
            new CheckpointManifest { Files = manifest.Files.Where(file => !CheckpointLayout.IsTrainerState(file.Key)).ToDictionary() }.Write(directory);
        }

        if (Directory.Exists(FolderIn(directory)))
        {
            Directory.Delete(FolderIn(directory), recursive: true);
        }

        foreach (string file in CheckpointLayout.FormerTrainerFiles)
        {
            File.Delete(Path.Combine(directory, file));
        }

        DiskFlush.Entry(directory);
    }

    private static string FolderIn(string directory) => Path.Combine(directory, CheckpointLayout.TrainerFolder);
}
