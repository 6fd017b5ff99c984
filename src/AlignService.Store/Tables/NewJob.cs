using System.Text.Json.Nodes;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using AlignService.Specs.Resources;

namespace AlignService.Store.Tables;

/// <summary>A job to be created.</summary>
/// <param name="Id">Not used before.</param>
/// <param name="Project">Whose it is.</param>
/// <param name="RequestId">Chosen by the caller, and the project's own; null for none.</param>
/// <param name="StoredSpec">Without its inline data.</param>
/// <param name="BriefSpec">The stored spec's JSON with the number and hash of inline rows in their place.</param>
/// <param name="WholeSpec">The spec's JSON; null where nothing is inline.</param>
/// <param name="After">Jobs that must have succeeded before.</param>
/// <param name="MaxQueued">How many jobs may be queued, this one included.</param>
internal sealed record NewJob(JobId Id, ProjectId Project, string? RequestId, JobSpec StoredSpec, string BriefSpec, string? WholeSpec, IReadOnlyList<JobId> After, int MaxQueued)
{
    /// <summary>Where the job is forked from; null where it is not.</summary>
    public NewFork? Fork { get; init; }

    /// <summary>Not in a caller's text.</summary>
    public const char Separator = '\u001f';

    public static NewJob Of(JobId id, ProjectId? project, JobSpec spec, string? requestId, int maxQueued)
    {
        ProjectId owner = project ?? ProjectId.Default;
        BriefSpec brief = JobSpecWire.Brief(spec);
        return new NewJob(id, owner, requestId is null ? null : RequestOf(owner, requestId), JobSpecWire.WithoutInlineData(spec), brief.Json, brief.LeftDataOut ? JobSpecWire.ToJson(spec) : null, spec.After, maxQueued) { Sources = JobSources.Of(spec) };
    }

    /// <summary>The models and data that it reads.</summary>
    public IReadOnlyList<string> Sources { get; private init; } = [];

    /// <summary>Throws where what it needs has gone; asked when nothing can be removed any more.</summary>
    public Action<JobSpec>? Confirm { get; init; }

    /// <summary>A request id as stored: the table's are unique over all projects.</summary>
    public static string RequestOf(ProjectId project, string requestId) => project == ProjectId.Default ? requestId : $"{project.Value}{Separator}{requestId}";

    /// <summary>Whether a stored job was asked for in the same words, regardless of the order of labels.</summary>
    public bool AsksForSame(Job stored) => Fork is { } fork
        ? stored.Fork?.RequestHash == fork.Fork.RequestHash
        : stored.Fork is null && JsonNode.DeepEquals(JsonNode.Parse(BriefSpec), JsonNode.Parse(JobSpecWire.Brief(stored.Spec).Json));
}
