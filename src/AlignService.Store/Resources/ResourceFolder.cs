using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Checkpoints;

namespace AlignService.Store.Resources;

/// <summary>The folder of one collection, and the names in it: ids are resources, <c>.upload.ID.DIGEST</c> uploads, <c>.removed.*</c> and <c>.new.*</c> what is being deleted or begun.</summary>
internal sealed class ResourceFolder(string path, string collection)
{
    private const string UploadPrefix = ".upload.", RemovedPrefix = ".removed.", NewPrefix = ".new.";
    private const int DigestLength = 64;

    /// <summary>Of folders, in ordinal order.</summary>
    public IReadOnlyList<StoredName> Names =>
    [
        .. Entries("*").Select(directory => StoredName.TryParse($"{collection}/{Path.GetFileName(directory)}", collection, out StoredName name) ? name : default)
            .Where(name => name != default).OrderBy(name => name.Id, StringComparer.Ordinal),
    ];

    public IReadOnlyList<Upload> Uploads => [.. Entries($"{UploadPrefix}*").Select(Read).OfType<Upload>()];

    /// <summary>The folder, created if need be.</summary>
    public string Require() => Directory.CreateDirectory(path).FullName;

    public StoredResource? Find(StoredName name)
    {
        DirectoryInfo directory = new(Path.Combine(path, name.Id));
        if (!directory.Exists)
        {
            return null;
        }

        try
        {
            ResourceRecord? record = ResourceRecord.TryRead(directory.FullName);
            return new StoredResource
            {
                Name = name,
                Directory = directory.FullName,
                CreateTime = record?.CreateTime ?? new DateTimeOffset(directory.LastWriteTimeUtc, TimeSpan.Zero),
                Files = FileList.OfRecord(record?.Files ?? FilesIn(directory.FullName)),
                Facts = record?.Facts,
            };
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null; // removed while it was read
        }
    }

    public Upload? FindUpload(UploadName name)
    {
        string directory = PathOf(name);
        return ResourceRecord.TryRead(directory) is { } record ? new Upload(name, directory, FileList.OfRecord(record.Files)) : null;
    }

    /// <summary>Complete when it can be found: with its record, its empty files, and the folder of parts.</summary>
    public Upload CreateUpload(UploadName name, ResourceRecord record)
    {
        string hidden = Path.Combine(Require(), $"{NewPrefix}{Guid.NewGuid():N}");
        Upload begun = new(name, hidden, FileList.OfRecord(record.Files));
        Directory.CreateDirectory(begun.Parts);
        foreach (StoredFile file in record.Files)
        {
            string place = begun.PlaceOf(file);
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            if (file.Bytes == 0)
            {
                File.Create(place).Dispose();
            }
        }

        record.Write(hidden);
        string directory = PathOf(name);
        try
        {
            Directory.Move(hidden, directory);
        }
        catch (IOException) when (Directory.Exists(directory))
        {
            // Another process began the same.
            Directory.Delete(hidden, recursive: true);
        }

        return new Upload(name, directory, begun.Files);
    }

    /// <summary>One atomic step. False where the name is taken.</summary>
    public bool TryPublish(Upload upload)
    {
        string target = Path.Combine(path, upload.Name.Resource.Id);
        try
        {
            // Linux refuses to rename over a directory that holds anything, and each has a record.
            Directory.Move(upload.Directory, target);
        }
        catch (IOException) when (Directory.Exists(target) && Directory.Exists(upload.Directory))
        {
            return false;
        }

        DiskFlush.Entry(path);
        return true;
    }

    /// <summary>Hidden first, so that nobody finds it half deleted. Does nothing where it has gone.</summary>
    public void Discard(string directory)
    {
        string hidden = Path.Combine(path, $"{RemovedPrefix}{Guid.NewGuid():N}");
        try
        {
            Directory.Move(directory, hidden);
        }
        catch (DirectoryNotFoundException)
        {
            return;
        }

        DiskFlush.Entry(path);
        Directory.Delete(hidden, recursive: true);
    }

    /// <summary>What a process left that ended while it deleted or began something.</summary>
    public void DeleteRemains(DateTimeOffset before)
    {
        foreach (string directory in Entries($"{RemovedPrefix}*").Concat(Entries($"{NewPrefix}*").Where(begun => Directory.GetLastWriteTimeUtc(begun) < before)))
        {
            try
            {
                Directory.Delete(directory, recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                // Another process deletes it too.
            }
        }
    }

    /// <summary>The right to write to an upload, or to delete it; null where another has it.</summary>
    public static FileStream? Lock(Upload upload)
    {
        if (!Directory.Exists(upload.Directory))
        {
            return null;
        }

        try
        {
            // Not there where a process ended between that and the rename that publishes.
            Directory.CreateDirectory(upload.Parts);
            return new FileStream(upload.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (IOException fault) when (File.Exists(upload.LockFile) && StorageFault.Of(fault) is null)
        {
            return null;
        }
    }

    /// <summary>Marks it as continued. False where it has become a resource, or was discarded.</summary>
    public static bool TryTouch(Upload upload, DateTimeOffset now)
    {
        try
        {
            Directory.SetLastWriteTimeUtc(upload.Directory, now.UtcDateTime);
            return true;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>When it was begun, begun again or last written to.</summary>
    public static DateTimeOffset LastTouched(Upload upload)
    {
        try
        {
            return new DirectoryInfo(upload.Directory).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
                .Select(entry => entry.LastWriteTimeUtc).Append(Directory.GetLastWriteTimeUtc(upload.Directory)).Max();
        }
        catch (DirectoryNotFoundException)
        {
            return DateTimeOffset.MaxValue;
        }
    }

    private string PathOf(UploadName name) => Path.Combine(path, $"{UploadPrefix}{name.Resource.Id}.{name.Digest}");

    /// <summary>Null for what is no upload, or has gone meanwhile.</summary>
    private Upload? Read(string directory)
    {
        string name = Path.GetFileName(directory)[UploadPrefix.Length..];
        int dot = name.Length - DigestLength - 1;
        return dot > 0 && UploadName.Parse($"{collection}/{name[..dot]}/uploads/{name[(dot + 1)..]}", collection) is { } upload ? FindUpload(upload) : null;
    }

    private string[] Entries(string pattern) => Directory.Exists(path) ? Directory.GetDirectories(path, pattern) : [];

    private static List<StoredFile> FilesIn(string directory) =>
    [
        .. new DirectoryInfo(directory).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4, AttributesToSkip = FileAttributes.Hidden })
            .Select(file => new StoredFile(Path.GetRelativePath(directory, file.FullName), file.Length, "")).OrderBy(file => file.Path, StringComparer.Ordinal),
    ];
}
