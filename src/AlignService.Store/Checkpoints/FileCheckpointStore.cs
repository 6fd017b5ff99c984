using System.Globalization;
using System.Text.Json;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Store.Checkpoints;

/// <summary>
/// Checkpoints as directories {data root}/jobs/{job}/checkpoints/step-NNNNNN. Each is written under a hidden name, flushed to disk with everything in it,
/// and renamed: complete or not there, even after a power failure.
/// </summary>
public sealed class FileCheckpointStore(string dataRoot, TimeProvider time) : ICheckpointStore
{
    private const string StepPrefix = "step-";
    private const string HiddenPrefix = ".";

    private readonly string _jobs = Path.Combine(Path.GetFullPath(dataRoot), "jobs");

    public void RemoveLeftovers(JobId id, IReadOnlyCollection<int> recordedSteps)
    {
        string folder = FolderOf(id);
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (string directory in Directory.GetDirectories(folder))
        {
            bool isRecorded = StepOf(directory) is { } step && recordedSteps.Contains(step);
            if (!isRecorded)
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    public StagedCheckpoint Stage(JobId id, int step, double? score, Action<string> save)
    {
        string directory = HiddenSibling(id, step);
        Directory.CreateDirectory(directory);
        try
        {
            save(directory);
            var staged = new StagedCheckpoint(id, step, directory, time.GetUtcNow(), score);
            CheckpointNote.Write(directory, new CheckpointNote(step, staged.CreateTime, score));
            DiskFlush.Tree(directory);
            return staged;
        }
        catch
        {
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    public JobCheckpoint Publish(StagedCheckpoint staged)
    {
        string target = PathOf(staged.JobId, staged.Step);
        // Left by a worker that died before it could record it: the new one stands for the same step.
        Remove(staged.JobId, staged.Step);
        Directory.Move(staged.Directory, target);
        DiskFlush.Entry(FolderOf(staged.JobId));
        return new JobCheckpoint(staged.Step, target, staged.CreateTime, staged.Score);
    }

    public void Remove(JobId id, int step)
    {
        string directory = PathOf(id, step);
        if (!Directory.Exists(directory))
        {
            return;
        }

        // Hidden first, so nobody finds it half removed.
        string hidden = HiddenSibling(id, step);
        Directory.Move(directory, hidden);
        Directory.Delete(hidden, recursive: true);
    }

    public string Find(JobId id, string name)
    {
        string folder = FolderOf(id);
        List<JobCheckpoint> all = Directory.Exists(folder)
            ? [.. Directory.GetDirectories(folder).Where(directory => StepOf(directory) is not null).Select(Describe)]
            : [];
        JobCheckpoint? found = name switch
        {
            "best" => CheckpointSelection.Best(all),
            "last" => CheckpointSelection.Last(all),
            _ => all.Find(checkpoint => checkpoint.Name == name),
        };
        string known = all.Count == 0
            ? $"that job has no checkpoints under {folder}"
            : $"that job has {string.Join(", ", all.OrderBy(checkpoint => checkpoint.Step).Select(checkpoint => checkpoint.Name))}, last and best";
        return found?.Directory ?? throw new CheckpointException($"the checkpoint {id.ResourceName}/checkpoints/{name} does not exist; {known}.");
    }

    private static JobCheckpoint Describe(string directory)
    {
        CheckpointNote? note = CheckpointNote.TryRead(directory);
        return new JobCheckpoint(StepOf(directory)!.Value, directory, note?.CreateTime ?? default, note?.Score);
    }

    private static int? StepOf(string directory)
    {
        string name = Path.GetFileName(directory);
        return name.StartsWith(StepPrefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(StepPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int step)
            ? step
            : null;
    }

    private string HiddenSibling(JobId id, int step) => Path.Combine(FolderOf(id), $"{HiddenPrefix}{NameOf(step)}.{Guid.NewGuid():N}");

    private string PathOf(JobId id, int step) => Path.Combine(FolderOf(id), NameOf(step));

    private string FolderOf(JobId id) => Path.Combine(_jobs, id.Value, "checkpoints");

    private static string NameOf(int step) => $"{StepPrefix}{step:D6}";
}

/// <summary>A checkpoint's metadata, in checkpoint.json: enough to find "best" without a database.</summary>
/// <param name="Step">Completed steps.</param>
/// <param name="CreateTime">When it was completed.</param>
/// <param name="Score">Held-out reward at that step, if it was evaluated.</param>
internal sealed record CheckpointNote(int Step, DateTimeOffset CreateTime, double? Score)
{
    private const string FileName = "checkpoint.json";

    public static void Write(string directory, CheckpointNote note) => File.WriteAllText(Path.Combine(directory, FileName), JobJson.Serialize(note));

    /// <summary>Null where the file was removed or damaged.</summary>
    public static CheckpointNote? TryRead(string directory)
    {
        try
        {
            return JobJson.Deserialize<CheckpointNote>(File.ReadAllText(Path.Combine(directory, FileName)));
        }
        catch (Exception exception) when (exception is FileNotFoundException or JsonException)
        {
            return null;
        }
    }
}
