using System.Globalization;
using System.Text.Json;
using AlignService.HuggingFace.Integrity;
using AlignService.Jobs;
using AlignService.Specs.Resources;

namespace AlignService.Store.Checkpoints;

/// <summary>
/// The folder of one job's checkpoints, and the names in it: step-NNNNNN, or step-NNNNNN.TOKEN where another worker's directory of that step is in the way;
/// hidden ones are being written or removed, damaged-* were set aside. TOKEN is the fencing token of the lease of the worker that made the directory: a worker
/// whose lease was lost can remove only what is as old as itself, however late it wakes up.
/// </summary>
internal sealed class CheckpointFolder(string jobs, JobId id)
{
    private const string StepPrefix = "step-";
    private const string HiddenPrefix = ".";
    private const string DamagedPrefix = "damaged-";

    public string FullPath { get; } = Path.Combine(jobs, id.Value, "checkpoints");

    /// <summary>Published checkpoints.</summary>
    public IEnumerable<string> Published => All.Where(directory => StepOf(directory) is not null);

    /// <summary>Everything except what was set aside.</summary>
    public IEnumerable<string> Own => All.Where(directory => !Path.GetFileName(directory).StartsWith(DamagedPrefix, StringComparison.Ordinal));

    private IEnumerable<string> All => Directory.Exists(FullPath) ? Directory.GetDirectories(FullPath) : [];

    /// <summary>Null for a directory that is not a published checkpoint.</summary>
    public static int? StepOf(string directory)
    {
        string name = Path.GetFileName(directory);
        return name.StartsWith(StepPrefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(StepPrefix.Length).SplitFirst('.'), NumberStyles.None, CultureInfo.InvariantCulture, out int step)
            ? step
            : null;
    }

    /// <summary>The token of whoever made the directory, from its name or its note; 0 where neither says.</summary>
    public static long TokenOf(string directory)
    {
        string[] parts = Path.GetFileName(directory).TrimStart('.').Split('.');
        return parts.Length > 1 && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long token)
            ? token
            : CheckpointNote.TryRead(directory)?.Token ?? 0;
    }

    /// <summary>A new hidden directory's path.</summary>
    public string Hidden(int step, long token) => Path.Combine(FullPath, $"{HiddenPrefix}{NameOf(step)}.{token}.{Guid.NewGuid():N}");

    /// <summary>Moves a directory to the name of its step, or to the first that is free with the token; what another worker put there stays.</summary>
    public string Publish(string hidden, int step, long token)
    {
        for (int attempt = 0; ; attempt++)
        {
            string suffix = attempt switch
            {
                0 => "",
                1 => $".{token}",
                _ => $".{token}.{attempt}",
            };
            string target = Path.Combine(FullPath, NameOf(step) + suffix);
            try
            {
                // Linux refuses to rename over a directory that holds anything.
                Directory.Move(hidden, target);
                return target;
            }
            catch (IOException) when (Directory.Exists(target) && Directory.Exists(hidden))
            {
                // Taken: the next name.
            }
        }
    }

    /// <summary>Removes a directory that was made under this token or an earlier one; a later worker's stays. Does nothing where it does not exist.</summary>
    public void Remove(string directory, long token)
    {
        if (!Directory.Exists(directory) || TokenOf(directory) > token)
        {
            return;
        }

        // Hidden first, so nobody finds it half removed.
        string hidden = Path.Combine(FullPath, $"{HiddenPrefix}removed.{token}.{Guid.NewGuid():N}");
        try
        {
            Directory.Move(directory, hidden);
        }
        catch (DirectoryNotFoundException)
        {
            return;
        }

        if (CheckpointNote.TryRead(hidden)?.Token > token)
        {
            // Between the look and the move a later worker published another directory under this name.
            Directory.Move(hidden, directory);
            return;
        }

        Directory.Delete(hidden, recursive: true);
    }

    /// <summary>Keeps a damaged checkpoint for people to look at, the newest of each step.</summary>
    public void SetAside(string directory, int step, long token)
    {
        if (!Directory.Exists(directory) || TokenOf(directory) > token)
        {
            return;
        }

        string aside = Path.Combine(FullPath, $"{DamagedPrefix}{NameOf(step)}");
        if (Directory.Exists(aside))
        {
            Directory.Delete(aside, recursive: true);
        }

        Directory.Move(directory, aside);
    }

    private static string NameOf(int step) => $"{StepPrefix}{step:D6}";
}

internal static class SpanSplitting
{
    /// <summary>What stands before the first separator.</summary>
    public static ReadOnlySpan<char> SplitFirst(this ReadOnlySpan<char> text, char separator) => text.IndexOf(separator) is >= 0 and var end ? text[..end] : text;
}

/// <summary>A checkpoint's metadata, in checkpoint.json: enough to find "best" without a database.</summary>
/// <param name="Step">Completed steps.</param>
/// <param name="CreateTime">When it was completed.</param>
/// <param name="Score">Held-out reward at that step, if it was evaluated.</param>
internal sealed record CheckpointNote(int Step, DateTimeOffset CreateTime, double? Score)
{
    public const string FileName = "checkpoint.json";

    /// <summary>Fencing token of the lease under which it was written; 0 where an earlier version wrote it.</summary>
    public long Token { get; init; }

    /// <summary>Whether a manifest was written with it: one that is absent is then a damage.</summary>
    public bool HasManifest { get; init; }

    public static void Write(string directory, CheckpointNote note) => File.WriteAllText(Path.Combine(directory, FileName), JobJson.Serialize(note));

    /// <summary>Null where the file was removed or damaged.</summary>
    public static CheckpointNote? TryRead(string directory)
    {
        try
        {
            return JobJson.Deserialize<CheckpointNote>(File.ReadAllText(Path.Combine(directory, FileName)));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }
}

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
