using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Server.Rpc;

/// <summary>Where a page of events ended, and of which list: opaque to clients.</summary>
/// <param name="Cursor">The last one of the page before.</param>
internal sealed record EventPageToken(long Cursor)
{
    private const int Version = 1;

    public static string Write(long cursor, JobId id, EventFilter filter) => PageTokenText.Write(Version, cursor, ListOf(id, filter));

    /// <exception cref="PageTokenException">It is not a token of this list.</exception>
    public static EventPageToken Read(string text, JobId id, EventFilter filter) =>
        PageTokenText.Read(text, Version, count: 2, values => values[1].GetString() == ListOf(id, filter) ? new EventPageToken(values[0].GetInt64()) : null, "this list of events");

    private static string ListOf(JobId id, EventFilter filter) => $"{id.Value} {filter.Steps.First}-{filter.Steps.Last} {string.Join(',', filter.Kinds)}";
}
