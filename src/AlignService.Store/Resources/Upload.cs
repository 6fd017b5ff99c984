using System.Text.RegularExpressions;
using AlignService.Specs.Resources;

namespace AlignService.Store.Resources;

/// <summary>The resource name of an upload: {collection}/{id}/uploads/{digest of its file list}.</summary>
public sealed partial record UploadName(StoredName Resource, string Digest)
{
    /// <summary>Null for anything else.</summary>
    public static UploadName? Parse(string text, string collection)
    {
        Match match = Form().Match(text);
        return match.Success && StoredName.TryParse(match.Groups["resource"].Value, collection, out StoredName resource) ? new UploadName(resource, match.Groups["digest"].Value) : null;
    }

    public override string ToString() => $"{Resource}/uploads/{Digest}";

    [GeneratedRegex(@"\A(?<resource>[^/]{1,20}/[^/]{1,63})/uploads/(?<digest>[0-9a-f]{64})\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}

/// <summary>How much of a file has been received.</summary>
public sealed record FileProgress(string Path, long Received);

/// <summary>
/// An upload that is not published: a hidden folder beside the resources, with the record of what was declared, the files that are complete and compared with their checksums at their
/// places, and the others in <c>.parts</c>, by their index. It becomes the resource's folder by one rename.
/// </summary>
public sealed class Upload
{
    private const string PartsFolder = ".parts";

    internal Upload(UploadName name, string directory, FileList files)
    {
        Name = name;
        Directory = directory;
        Files = files;
    }

    public UploadName Name { get; }

    /// <summary>The complete files are in it as they will be in the resource's folder, which will be its sibling.</summary>
    public string Directory { get; }

    public FileList Files { get; }

    /// <summary>Of every file, by path.</summary>
    public IReadOnlyList<FileProgress> Progress => [.. Files.Files.Select((file, index) => new FileProgress(file.Path, ReceivedOf(file, index)))];

    internal string Parts => System.IO.Path.Combine(Directory, PartsFolder);

    internal string LockFile => System.IO.Path.Combine(Parts, "lock");

    internal bool IsComplete(StoredFile file) => File.Exists(PlaceOf(file));

    internal string PlaceOf(StoredFile file) => System.IO.Path.Combine(Directory, file.Path);

    internal string PartOf(int index) => System.IO.Path.Combine(Parts, $"{index}");

    private long ReceivedOf(StoredFile file, int index)
    {
        if (IsComplete(file))
        {
            return file.Bytes;
        }

        FileInfo part = new(PartOf(index));
        return part.Exists ? part.Length : 0;
    }
}
