using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace AlignService.Server.StatusPage;

/// <summary>The page's files, embedded in the program.</summary>
internal static class StatusAssets
{
    private const string Prefix = "StatusPage/";

    private static readonly FrozenDictionary<string, byte[]> Files = ReadAll();

    public static IResult Page => Find("index.html");

    public static IResult Find(string name) =>
        Files.TryGetValue(name, out byte[]? bytes) ? Results.Bytes(bytes, ContentTypeOf(name)) : Results.NotFound();

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };

    private static FrozenDictionary<string, byte[]> ReadAll()
    {
        Assembly assembly = typeof(StatusAssets).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Prefix.Length..], name => Read(assembly, name));
    }

    private static byte[] Read(Assembly assembly, string name)
    {
        using Stream stream = assembly.GetManifestResourceStream(name)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
