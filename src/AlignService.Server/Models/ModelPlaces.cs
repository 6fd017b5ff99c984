using AlignService.HuggingFace.Integrity;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Server.Access;
using AlignService.Server.Mapping;
using AlignService.Server.Uploads;
using AlignService.Specs.Resources;
using AlignService.Store.Resources;

namespace AlignService.Server.Models;

/// <summary>A model that a caller named.</summary>
/// <param name="Name">Its resource name, of an alias the one that it stands for.</param>
/// <param name="Directory">Where it is.</param>
/// <param name="CreateTime">Of the model or checkpoint.</param>
/// <param name="Files">What of it can be downloaded.</param>
internal sealed record FoundModel(string Name, string Directory, DateTimeOffset CreateTime, IReadOnlyList<StoredFile> Files)
{
    /// <summary>Null for a checkpoint.</summary>
    public StoredResource? Stored { get; init; }
}

/// <summary>Finds the models that calls may name: those that the server keeps, and checkpoints of jobs. Never a path.</summary>
internal sealed class ModelPlaces(CallerResources resources, CallerCatalog catalog, IJobJournal journal, ICheckpointStore checkpoints)
{
    /// <param name="name">As given.</param>
    /// <param name="field">Where it was given.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="AlignException">It is not such a name, or there is no such model.</exception>
    public async Task<FoundModel> FindAsync(string name, string field, CancellationToken cancellationToken)
    {
        if (ModelReference.IsCheckpoint(name) && ModelReference.Parse(name) is { JobId: { } job, CheckpointName: { } checkpoint })
        {
            return await FindCheckpointAsync(job, checkpoint, cancellationToken);
        }

        StoredResource stored = resources.Models.Get(ResourceName.ParseModel(name, field));
        return new FoundModel(stored.Name.ResourceName, stored.Directory, stored.CreateTime, stored.Files.Files) { Stored = stored };
    }

    private async Task<FoundModel> FindCheckpointAsync(JobId id, string alias, CancellationToken cancellationToken)
    {
        if (await catalog.FindAsync(id, cancellationToken) is null)
        {
            throw new JobNotFoundException(id);
        }

        List<JobCheckpoint> all = [.. (await journal.ListCheckpointsAsync(id, cancellationToken)).Select(recorded => checkpoints.Locate(id, recorded))];
        string known = all.Count == 0 ? "the job has none" : $"the job has best, last, {string.Join(", ", all.Select(checkpoint => checkpoint.Name))}";
        while (CheckpointSelection.Named(all, alias) is { } found)
        {
            if (CheckpointManifest.FindVisibleDamage(found.Directory, ManifestScope.Model) is null && Directory.Exists(found.Directory))
            {
                return new FoundModel($"{id.ResourceName}/checkpoints/{found.Name}", found.Directory, found.CreateTime, FilesOf(found.Directory));
            }

            all.Remove(found);
        }

        string name = $"{id.ResourceName}/checkpoints/{alias}";
        throw new ResourceNotFoundException(name, $"{name} does not exist or is damaged; {known}.");
    }

    /// <summary>Without what only the trainer needs.</summary>
    private static StoredFile[] FilesOf(string directory) =>
    [
        .. new DirectoryInfo(directory).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4, AttributesToSkip = FileAttributes.Hidden })
            .Select(file => new StoredFile(Path.GetRelativePath(directory, file.FullName), file.Length, ""))
            .Where(file => !CheckpointLayout.IsTrainerState(file.Path)).OrderBy(file => file.Path, StringComparer.Ordinal),
    ];
}
