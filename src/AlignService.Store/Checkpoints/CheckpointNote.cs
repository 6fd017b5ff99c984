using System.Text.Json;
using AlignService.Jobs;

namespace AlignService.Store.Checkpoints;

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
