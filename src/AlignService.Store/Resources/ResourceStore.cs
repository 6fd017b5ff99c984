using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Checkpoints;

namespace AlignService.Store.Resources;

/// <summary>
/// The models or the datasets of one project: {root}/{collection}/{id}, complete or not there, even after a power failure. Everything that is known of them is in their
/// folders: what has one atomic step in the file system needs no second one in a database. Hidden names: <c>.upload.*</c> is being received, <c>.removed.*</c> is being deleted,
/// <c>.content</c> has each file of datasets under its checksum.
/// </summary>
/// <param name="root">Of the project: content is shared within it only, so that nobody learns what another project has.</param>
/// <param name="collection"><see cref="StoredName.Models"/> or <see cref="StoredName.Datasets"/>.</param>
/// <param name="time">Of records, and of what is left over.</param>
public sealed class ResourceStore(DataRoot root, string collection, TimeProvider time) : IDisposable
{
    private const int MostOpenUploads = 100;

    private readonly SemaphoreSlim _beginning = new(1);
    private readonly UploadTurns _turns = new();
    private readonly ResourceFolder _folder = new(Path.Combine(root.FullPath, collection), collection);
    private readonly SharedContent? _content = collection == StoredName.Datasets ? new SharedContent(Path.Combine(root.FullPath, collection)) : null;

    public string Collection => collection;

    public DataRoot Root => root;

    public void Dispose() => _beginning.Dispose();

    /// <summary>Null where there is none.</summary>
    public StoredResource? Find(StoredName name) => _folder.Find(name);

    /// <exception cref="ResourceNotFoundException">There is none.</exception>
    public StoredResource Get(StoredName name) => Find(name) ?? throw ResourceNotFoundException.Of(name);

    public IReadOnlyList<StoredResource> List() => [.. _folder.Names.Select(Find).OfType<StoredResource>()];

    /// <summary>One page, by name.</summary>
    /// <param name="size">At most this many.</param>
    /// <param name="token">Of the page before; null begins.</param>
    /// <returns>The page, and the token of the next; null on the last.</returns>
    /// <exception cref="PageTokenException">The token is not one of this list.</exception>
    public (IReadOnlyList<StoredResource> Page, string? NextToken) List(int size, string? token)
    {
        string after = token is null ? "" : ResourcePageToken.Read(token, collection);
        StoredName[] names = [.. _folder.Names.SkipWhile(name => string.CompareOrdinal(name.Id, after) <= 0).Take(size + 1)];
        return ([.. names.Take(size).Select(Find).OfType<StoredResource>()], names.Length > size ? ResourcePageToken.Write(names[size - 1]) : null);
    }

    /// <summary>Begins an upload, or finds one that was begun with the same name and files, and ends the turn of whoever writes to it.</summary>
    /// <param name="name">Of the resource.</param>
    /// <param name="files">Everything that it will have.</param>
    /// <param name="quota">Bytes that all of the collection may have, begun uploads included.</param>
    /// <param name="cancellationToken">Ends the wait for others that begin.</param>
    /// <returns>The upload, or the resource where it exists with these very files.</returns>
    /// <exception cref="ResourceExistsException">It exists with others.</exception>
    /// <exception cref="ResourceQuotaException">There is no room.</exception>
    public async Task<(Upload? Upload, StoredResource? Existing)> BeginAsync(StoredName name, FileList files, long quota, CancellationToken cancellationToken)
    {
        if (FindSame(name, files) is { } existing)
        {
            return (null, existing);
        }

        UploadName uploadName = new(name, files.Digest);
        await _beginning.WaitAsync(cancellationToken);
        try
        {
            if (_folder.FindUpload(uploadName) is { } begun)
            {
                // What is there must not become more while the caller looks at it. The sweep goes by when it was last touched.
                (await _turns.TakeAsync(uploadName.ToString())).Dispose();
                if (ResourceFolder.TryTouch(begun, time.GetUtcNow()))
                {
                    return (begun, null);
                }
            }

            // The one whose turn has ended may have ended by publishing it.
            if (FindSame(name, files) is { } made)
            {
                return (null, made);
            }

            RequireRoom(files, quota);
            Upload upload = _folder.CreateUpload(uploadName, new ResourceRecord(time.GetUtcNow(), files.Files, Facts: null));
            foreach (StoredFile file in files.Files.Where(file => _content is not null && file.Bytes > 0))
            {
                _content!.Take(file, upload.PlaceOf(file));
            }

            return (upload, null);
        }
        finally
        {
            _beginning.Release();
        }
    }

    /// <summary>Takes an upload over to write to it.</summary>
    /// <exception cref="UploadNotFoundException">There is none of that name.</exception>
    /// <exception cref="UploadTakenOverException">Another process writes to it, or another call came later.</exception>
    public async Task<UploadWriter> OpenAsync(UploadName name)
    {
        UploadTurns.Turn turn = await _turns.TakeAsync(name.ToString());
        try
        {
            Upload upload = _folder.FindUpload(name) ?? throw new UploadNotFoundException(name.ToString());
            return new UploadWriter(upload, ResourceFolder.Lock(upload) ?? throw UploadTakenOverException.ByNewerCall(), turn);
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    /// <summary>Makes a complete upload the resource: after this it is there, whatever happens.</summary>
    /// <exception cref="ResourceExistsException">Another upload of that name was quicker, with other files.</exception>
    public StoredResource Publish(UploadWriter writer, ResourceFacts facts)
    {
        Upload upload = writer.Upload;
        writer.RequireComplete();
        foreach (StoredFile file in upload.Files.Files)
        {
            _content?.Share(file, upload.PlaceOf(file));
        }

        new ResourceRecord(time.GetUtcNow(), upload.Files.Files, facts).Write(upload.Directory);
        Directory.Delete(upload.Parts, recursive: true);
        DiskFlush.Tree(upload.Directory);
        if (!_folder.TryPublish(upload))
        {
            // Two uploads of one name ended at the same time, and the other was quicker.
            StoredResource other = Get(upload.Name.Resource);
            _folder.Discard(upload.Directory);
            return other.Files.Digest == upload.Files.Digest ? other : throw new ResourceExistsException(upload.Name.Resource);
        }

        return Get(upload.Name.Resource);
    }

    /// <summary>Drops an upload that can never be published, because of what it holds.</summary>
    public void Discard(UploadWriter writer) => _folder.Discard(writer.Upload.Directory);

    /// <summary>From the next moment on it is not there. What still has its files open can read on.</summary>
    /// <exception cref="ResourceNotFoundException">There is none.</exception>
    public void Remove(StoredName name)
    {
        _folder.Discard(Get(name).Directory);
        SweepContent();
    }

    /// <summary>Removes uploads that nobody has continued for some time, and what was left of deletions and shared content.</summary>
    public void Sweep(TimeSpan age)
    {
        foreach (Upload upload in _folder.Uploads)
        {
            if (time.GetUtcNow() - ResourceFolder.LastTouched(upload) < age || ResourceFolder.Lock(upload) is not { } held)
            {
                continue;
            }

            using (held)
            {
                _folder.Discard(upload.Directory);
            }
        }

        _folder.DeleteRemains(time.GetUtcNow() - age);
        SweepContent();
    }

    /// <summary>The resource, where it exists with these very files; null where it does not exist.</summary>
    /// <exception cref="ResourceExistsException">It exists with others.</exception>
    private StoredResource? FindSame(StoredName name, FileList files) =>
        Find(name) is not { } existing ? null : existing.Files.Digest == files.Digest ? existing : throw new ResourceExistsException(name);

    private void SweepContent() => _content?.Sweep(new HashSet<string>(Uploaded().SelectMany(files => files.Files).Select(file => file.Sha256), StringComparer.Ordinal));

    /// <summary>Of what was uploaded and what is being uploaded; what operators put there themselves is theirs.</summary>
    private IEnumerable<FileList> Uploaded() => _folder.Names.Select(Find).Where(resource => resource?.Facts is not null).Select(resource => resource!.Files).Concat(_folder.Uploads.Select(upload => upload.Files));

    private void RequireRoom(FileList files, long quota)
    {
        IReadOnlyList<Upload> open = _folder.Uploads;
        if (open.Count >= MostOpenUploads)
        {
            throw new ResourceQuotaException(collection, $"{open.Count} uploads of {collection} have begun and not ended, which is the most; end some, or wait until those that nobody continues are removed.");
        }

        // The same file in two datasets is stored once.
        IEnumerable<StoredFile> stored = Uploaded().SelectMany(list => list.Files);
        HashSet<string> known = _content is null ? [] : [.. stored.Select(file => file.Sha256)];
        long used = _content is null ? stored.Sum(file => file.Bytes) : stored.DistinctBy(file => file.Sha256).Sum(file => file.Bytes);
        long wanted = files.Files.Where(file => !known.Contains(file.Sha256)).Sum(file => file.Bytes);
        if (wanted > quota - used)
        {
            throw ResourceQuotaException.OfBytes(collection, quota, used, wanted);
        }

        long free = new DriveInfo(_folder.Require()).AvailableFreeSpace;
        if (wanted > free)
        {
            throw ResourceQuotaException.OfDisk(collection, free, wanted);
        }
    }
}
