using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Store.Resources;

/// <summary>Where a page of resources ended: opaque to clients.</summary>
internal static class ResourcePageToken
{
    private const int Version = 1;

    public static string Write(StoredName last) => PageTokenText.Write(Version, last.ResourceName);

    /// <returns>The last id of the page before.</returns>
    /// <exception cref="PageTokenException">It is not a token of this collection.</exception>
    public static string Read(string text, string collection) => PageTokenText.Read(
        text, Version, count: 1, values => StoredName.TryParse(values[0].GetString() ?? "", collection, out StoredName last) ? last.Id : null, $"a list of {collection}");
}
