using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;
using AlignService.Specs.Resources;

namespace AlignService.Store.Rollouts;

/// <summary>Up to where a search has looked, and which: opaque to clients.</summary>
/// <param name="Step">The step that it was in.</param>
/// <param name="Number">The last completion of that step that it has dealt with; -1 is none.</param>
internal sealed record RolloutPageToken(int Step, int Number)
{
    private const int Version = 1;

    public string Write(JobId id, RolloutFilter filter) => PageTokenText.Write(Version, Step, Number, Fingerprint(id, filter));

    /// <exception cref="PageTokenException">It is not one, or one of another search.</exception>
    public static RolloutPageToken Read(string text, JobId id, RolloutFilter filter) => PageTokenText.Read(
        text, Version, count: 3, values => values[2].GetString() == Fingerprint(id, filter) ? new RolloutPageToken(values[0].GetInt32(), values[1].GetInt32()) : null, "this list of rollouts");

    private static string Fingerprint(JobId id, RolloutFilter filter) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{id.Value} {JsonSerializer.Serialize(filter)}")))[..16];
}
