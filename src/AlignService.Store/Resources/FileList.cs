using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using AlignService.Specs.Violations;

namespace AlignService.Store.Resources;

/// <summary>A file of a model or a dataset.</summary>
/// <param name="Path">Relative to the folder, with '/'.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Of its content, in lower-case hexadecimal; empty where it was not computed.</param>
public sealed record StoredFile(string Path, long Bytes, string Sha256);

/// <summary>The files that an upload declares, by path; they decide what the upload is: the same name with the same files is the same upload.</summary>
public sealed partial class FileList
{
    private const int MostFiles = 2000;
    private const int LongestPath = 300;
    private const int LongestSegment = 150;
    private const long LargestFile = 1L << 44; // 16 TiB: no sum of allowed files overflows
    private const string EmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private FileList(IReadOnlyList<StoredFile> files)
    {
        Files = files;
        Bytes = files.Sum(file => file.Bytes);
        Digest = DigestOf(files);
    }

    /// <summary>In the ordinal order of their paths.</summary>
    public IReadOnlyList<StoredFile> Files { get; }

    /// <summary>Of all files together.</summary>
    public long Bytes { get; }

    /// <summary>SHA-256 over the paths, sizes and checksums, in lower-case hexadecimal.</summary>
    public string Digest { get; }

    /// <param name="files">As declared by the caller; the strings come from afar and may hold anything.</param>
    /// <param name="field">Where the caller declared them.</param>
    /// <exception cref="InvalidRequestException">Lists everything that is wrong.</exception>
    public static FileList Read(IReadOnlyList<StoredFile> files, string field)
    {
        if (files.Count is 0 or > MostFiles)
        {
            throw new InvalidRequestException(field, $"there are {files.Count} files; an upload has 1 to {MostFiles}.");
        }

        ViolationList violations = new();
        HashSet<string> paths = new(StringComparer.Ordinal);
        for (int i = 0; i < files.Count; i++)
        {
            Check(files[i], violations.At($"{field}[{i}]"));
            if (!paths.Add(files[i].Path))
            {
                violations.Add($"{field}[{i}].path", $"\"{files[i].Path}\" is declared twice; declare each file once.");
            }
        }

        violations.ThrowIfAny();
        if (paths.FirstOrDefault(path => ParentsOf(path).Any(paths.Contains)) is { } below)
        {
            throw new InvalidRequestException(field, $"\"{below}\" lies below \"{ParentsOf(below).First(paths.Contains)}\", which is a file too; rename one of them.");
        }

        return new FileList([.. files.OrderBy(file => file.Path, StringComparer.Ordinal)]);
    }

    /// <summary>The files of a record that this program wrote.</summary>
    internal static FileList OfRecord(IReadOnlyList<StoredFile> files) => new(files);

    public StoredFile? Find(string path) => Files.FirstOrDefault(file => file.Path == path);

    private static void Check(StoredFile file, FieldViolations at)
    {
        if (file.Path.Length > LongestPath || file.Path.Split('/').Any(segment => segment.Length > LongestSegment || !Segment().IsMatch(segment)))
        {
            at.Add("path", $"\"{file.Path}\" is not allowed; a path is relative, its segments begin with a letter, a digit or '_' and have letters, digits and ._-+=@,() of ASCII, at most {LongestSegment} each and {LongestPath} together. Rename the file, or leave it out.");
        }

        if (file.Bytes is < 0 or > LargestFile)
        {
            at.Add("size_bytes", $"it is {file.Bytes}; it must be 0 to {LargestFile}.", ViolationCode.OutOfRange);
        }

        if (!Sha256Text().IsMatch(file.Sha256))
        {
            at.Add("sha256", $"\"{file.Sha256}\" is not a SHA-256; it has 64 digits of lower-case hexadecimal.");
        }
        else if (file.Bytes == 0 && file.Sha256 != EmptySha256)
        {
            at.Add("sha256", $"a file of 0 bytes has {EmptySha256}.");
        }
    }

    private static IEnumerable<string> ParentsOf(string path)
    {
        for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            yield return path[..slash];
        }
    }

    private static string DigestOf(IReadOnlyList<StoredFile> files)
    {
        StringBuilder text = new();
        foreach (StoredFile file in files)
        {
            text.Append(CultureInfo.InvariantCulture, $"{file.Path}\n{file.Bytes}\n{file.Sha256}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9._+=@,()-]*\z")]
    private static partial Regex Segment();

    [GeneratedRegex(@"\A[0-9a-f]{64}\z")]
    private static partial Regex Sha256Text();
}
