using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AlignService.HuggingFace.Integrity;

/// <summary>
/// manifest.json of a checkpoint: the size and the CRC-32C of every file that was there when it was written. Files that were added later are not looked at;
/// a directory without a manifest (a model from elsewhere, or a checkpoint of an earlier version) has nothing to compare with.
/// </summary>
public sealed record CheckpointManifest
{
    public const string FileName = "manifest.json";

    private const int MaxParallelFiles = 4;
    private const int LargestManifest = 16 << 20;
    private const int InputOutputError = 5;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        WriteIndented = true,
    };

    /// <summary>By path relative to the checkpoint, with '/'.</summary>
    public required IReadOnlyDictionary<string, FileDigest> Files { get; init; }

    /// <summary>Reads every file below the directory.</summary>
    public static CheckpointManifest Of(string directory)
    {
        string[] paths = [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(directory, file))
            .Where(path => path != FileName)
            .Order(StringComparer.Ordinal)];
        var digests = new FileDigest[paths.Length];
        ForEach(
            paths.Length,
            index =>
            {
                string path = Path.Combine(directory, paths[index]);
                digests[index] = new FileDigest(new FileInfo(path).Length, Crc32C.ToText(Crc32C.OfFile(path, CancellationToken.None)));
            },
            CancellationToken.None);
        return new CheckpointManifest { Files = new SortedDictionary<string, FileDigest>(paths.Zip(digests).ToDictionary(), StringComparer.Ordinal) };
    }

    /// <summary>Null where the directory has none.</summary>
    /// <exception cref="JsonException">It is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static CheckpointManifest? TryRead(string directory)
    {
        FileInfo file = new(Path.Combine(directory, FileName));
        if (!file.Exists)
        {
            return null;
        }

        if (file.Length > LargestManifest)
        {
            throw new JsonException($"it has {file.Length} bytes, and a manifest has at most {LargestManifest}.");
        }

        CheckpointManifest manifest = JsonSerializer.Deserialize<CheckpointManifest>(File.ReadAllText(file.FullName), Json) ?? throw new JsonException("it is null");
        if (manifest.Files.FirstOrDefault(file => file.Value is null).Key is { } empty)
        {
            throw new JsonException($"it says nothing of {empty}.");
        }

        return manifest.Files.Keys.FirstOrDefault(LeavesTheDirectory) is { } outside ? throw new JsonException($"it names {outside}, which is outside the checkpoint.") : manifest;
    }

    /// <summary>Replaces the manifest atomically.</summary>
    public void Write(string directory)
    {
        string path = Path.Combine(directory, FileName), partial = path + ".partial";
        File.WriteAllText(partial, JsonSerializer.Serialize(this, Json));
        File.Move(partial, path, overwrite: true);
    }

    /// <summary>The first file that is not as it was written; null where all are, or where there is no manifest.</summary>
    /// <param name="directory">A checkpoint, or any model directory.</param>
    /// <param name="scope">Which files to read.</param>
    /// <param name="cancellationToken">Checked while files are read.</param>
    public static FileDamage? FindDamage(string directory, ManifestScope scope, CancellationToken cancellationToken)
    {
        if (FindVisibleDamage(directory, scope) is { } visible)
        {
            return visible;
        }

        var files = FilesOf(directory, scope);
        var damages = new FileDamage?[files.Length];
        ForEach(files.Length, index => damages[index] = Compare(directory, files[index].Key, files[index].Value, cancellationToken), cancellationToken);
        return damages.FirstOrDefault(damage => damage is not null);
    }

    /// <summary>As <see cref="FindDamage"/>, but only from the names and sizes of the files: cheap, whatever their size.</summary>
    public static FileDamage? FindVisibleDamage(string directory, ManifestScope scope)
    {
        try
        {
            return FilesOf(directory, scope).Select(file => CompareSize(directory, file.Key, file.Value)).FirstOrDefault(damage => damage is not null);
        }
        catch (Exception exception) when (exception is JsonException || IsUnreadable(exception))
        {
            return new FileDamage(FileName, $"cannot be read: {exception.Message}");
        }
    }

    private static KeyValuePair<string, FileDigest>[] FilesOf(string directory, ManifestScope scope) =>
        [.. (TryRead(directory)?.Files ?? new Dictionary<string, FileDigest>()).Where(file => scope == ManifestScope.Everything || !CheckpointLayout.IsTrainerState(file.Key))];

    private static FileDamage? CompareSize(string directory, string path, FileDigest expected)
    {
        FileInfo file = new(Path.Combine(directory, path));
        return !file.Exists ? new FileDamage(path, "is missing")
            : file.Length != expected.Size ? new FileDamage(path, $"has {file.Length} bytes instead of {expected.Size}")
            : null;
    }

    private static FileDamage? Compare(string directory, string path, FileDigest expected, CancellationToken cancellationToken)
    {
        try
        {
            // An empty file is not opened: a pipe or a device that stands in its place would never end.
            string checksum = Crc32C.ToText(expected.Size == 0 ? Crc32C.Of([]) : Crc32C.OfFile(Path.Combine(directory, path), cancellationToken));
            return checksum == expected.Crc32c ? null : new FileDamage(path, $"has the checksum {checksum} instead of {expected.Crc32c}");
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            return new FileDamage(path, $"cannot be read: {exception.Message}");
        }
    }

    /// <summary>A file that is gone, or a disk that does not give it back; not a process that has too many files open or may not read.</summary>
    private static bool IsUnreadable(Exception exception) => exception is FileNotFoundException or DirectoryNotFoundException or IOException { HResult: InputOutputError };

    private static bool LeavesTheDirectory(string path) => Path.IsPathRooted(path) || path.Split('/').Contains("..");

    private static void ForEach(int count, Action<int> work, CancellationToken cancellationToken)
    {
        ParallelOptions options = new() { MaxDegreeOfParallelism = Math.Min(MaxParallelFiles, Environment.ProcessorCount), CancellationToken = cancellationToken };
        try
        {
            Parallel.For(0, count, options, work);
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }
}

/// <summary>What a file was when it was written.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Crc32c">CRC-32C, eight hexadecimal digits.</param>
public sealed record FileDigest(long Size, string Crc32c);

/// <summary>A file of a checkpoint that is not as it was written.</summary>
/// <param name="File">Its path relative to the checkpoint; empty where all are missing.</param>
/// <param name="Fault">What is wrong, as the rest of a sentence that begins with the file.</param>
public sealed record FileDamage(string File, string Fault)
{
    public override string ToString() => $"{File} {Fault}".TrimStart();
}

/// <summary>Which files of a checkpoint must be as they were written.</summary>
public enum ManifestScope
{
    /// <summary>Those of the model, to use it: not the trainer's state.</summary>
    Model,

    /// <summary>All, to go on training.</summary>
    Everything,
}
