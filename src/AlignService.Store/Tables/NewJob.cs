using System.Text.Json.Nodes;
using AlignService.Specs;
using AlignService.Specs.Resources;

namespace AlignService.Store.Tables;

/// <summary>A job to be created.</summary>
/// <param name="Id">Not used before.</param>
/// <param name="RequestId">Chosen by the caller; null for none.</param>
/// <param name="BriefSpec">The spec's JSON with the number and hash of inline rows in their place.</param>
/// <param name="WholeSpec">The spec's JSON; null where nothing is inline.</param>
/// <param name="After">Jobs that must have succeeded before.</param>
/// <param name="MaxQueued">How many jobs may be queued, this one included.</param>
internal sealed record NewJob(JobId Id, string? RequestId, string BriefSpec, string? WholeSpec, IReadOnlyList<JobId> After, int MaxQueued)
{
    public static NewJob Of(JobId id, JobSpec spec, string? requestId, int maxQueued)
    {
        string brief = JobSpecWire.ToJson(spec, withInlineData: false), whole = JobSpecWire.ToJson(spec);
        return new NewJob(id, requestId, brief, brief == whole ? null : whole, spec.After, maxQueued);
    }

    /// <summary>Whether a stored brief spec asks for the same, regardless of the order of labels.</summary>
    public bool AsksFor(string stored) => JsonNode.DeepEquals(JsonNode.Parse(BriefSpec), JsonNode.Parse(stored));
}
