using System.Text.Json;
using AlignService.Jobs;

namespace AlignService.Store.Checkpoints;

/// <summary>What a checkpoint's directory says of itself, in checkpoint.json: enough to find "best" without a database.</summary>
/// <param name="Step">Completed steps.</param>
/// <param name="CreateTime">When it was whole.</param>
/// <param name="Score">Held-out reward at that step, if it was evaluated.</param>
internal sealed record CheckpointNote(int Step, DateTimeOffset CreateTime, double? Score)
{
    private const string FileName = "checkpoint.json";

    public static void Write(string directory, CheckpointNote note) => File.WriteAllText(Path.Combine(directory, FileName), JobJson.Serialize(note));

    /// <summary>Null where a user has removed or spoilt the file.</summary>
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
