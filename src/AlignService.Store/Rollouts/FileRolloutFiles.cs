using System.Globalization;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;
using AlignService.Specs.Resources;
using AlignService.Store.Checkpoints;

namespace AlignService.Store.Rollouts;

/// <summary>
/// Rollouts as files {data root}/jobs/{job}/rollouts/step-NNNNNN.TOKEN.parquet (or .TOKEN.2 where the same worker does the step again). TOKEN is the fencing token of the lease of the worker that wrote the file: one whose lease was lost
/// overwrites and removes only its own. Each is written under a hidden name, flushed and renamed: complete or not there, even after a power failure.
/// </summary>
public sealed class FileRolloutFiles(string dataRoot) : IRolloutFiles
{
    private const string Extension = ".parquet";
    private const string HiddenPrefix = ".";

    private readonly string _jobs = Path.Combine(Path.GetFullPath(dataRoot), "jobs");

    public string Write(JobLease lease, StepRollouts rollouts)
    {
        string folder = Directory.CreateDirectory(FolderOf(lease.JobId)).FullName;
        string name = FreeName(folder, string.Create(CultureInfo.InvariantCulture, $"step-{rollouts.Step:D6}.{lease.Token}"));
        string hidden = Path.Combine(folder, HiddenPrefix + name), target = Path.Combine(folder, name);
        try
        {
            using (FileStream file = File.Create(hidden))
            {
                // The training thread has nothing else to do meanwhile.
                RolloutTable.WriteAsync(file, rollouts.Sources, rollouts.Rows, CancellationToken.None).GetAwaiter().GetResult();
                file.Flush(flushToDisk: true);
            }

            File.Move(hidden, target);
            DiskFlush.Entry(folder);
            return name;
        }
        catch
        {
            File.Delete(hidden);
            File.Delete(target);
            throw;
        }
    }

    public void Remove(JobLease lease, IEnumerable<string> files)
    {
        foreach (string file in files.Where(file => TokenOf(file) <= lease.Token))
        {
            string path = Path.Combine(FolderOf(lease.JobId), Path.GetFileName(file));
            if (File.Exists(path))
            {
                File.Delete(path);
            }
        }
    }

    public void RemoveOthers(JobLease lease, IEnumerable<string> kept)
    {
        string folder = FolderOf(lease.JobId);
        if (Directory.Exists(folder))
        {
            HashSet<string> names = [.. kept];
            Remove(lease, Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).Where(name => !names.Contains(name)).ToList());
        }
    }

    public Task<IReadOnlyList<(string Prompt, string Completion)>> ReadTextsAsync(JobId id, string file, CancellationToken cancellationToken) =>
        ReadAsync(id, file, stream => RolloutTable.ReadTextsAsync(stream, cancellationToken));

    public Task<IReadOnlyList<RolloutRecord>> ReadAsync(JobId id, string file, IReadOnlyList<int> rows, bool withTokens, CancellationToken cancellationToken) =>
        ReadAsync(id, file, stream => RolloutTable.ReadAsync(stream, rows, withTokens, cancellationToken));

    /// <summary>After a rollback the same worker does a step again, while the file of the first time is still the one that is found.</summary>
    private static string FreeName(string folder, string stem)
    {
        string name = stem + Extension;
        for (int again = 2; File.Exists(Path.Combine(folder, name)); again++)
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{stem}.{again}{Extension}");
        }

        return name;
    }

    /// <summary>From a name; 0 for a file that nobody's token names.</summary>
    private static long TokenOf(string file)
    {
        string[] parts = Path.GetFileName(file).TrimStart('.').Split('.');
        return parts.Length > 1 && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long token) ? token : 0;
    }

    /// <exception cref="RolloutFileException">The file is damaged: whatever the reader stumbled over.</exception>
    private async Task<T> ReadAsync<T>(JobId id, string file, Func<FileStream, Task<T>> read)
    {
        await using FileStream stream = Open(id, file);
        try
        {
            return await read(stream);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new RolloutFileException(id, exception);
        }
    }

    private FileStream Open(JobId id, string file)
    {
        try
        {
            return File.OpenRead(Path.Combine(FolderOf(id), Path.GetFileName(file)));
        }
        catch (DirectoryNotFoundException exception)
        {
            throw new FileNotFoundException(exception.Message, file, exception);
        }
    }

    private string FolderOf(JobId id) => Path.Combine(_jobs, id.Value, "rollouts");
}
