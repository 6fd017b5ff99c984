using AlignService.Jobs.Rollouts;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Ports;

/// <summary>
/// Which file holds the rollouts of which step, with what lists are filtered by. Every method is one statement or one transaction; what writes names the lease's fencing token and
/// throws <see cref="LeaseLostException"/> when the lease is no longer valid.
/// </summary>
public interface IRolloutIndex
{
    /// <summary>Records a step's rollouts in place of those that it had, and forgets those of steps before <paramref name="firstKeptStep"/>.</summary>
    /// <returns>Files that are not named any more.</returns>
    Task<IReadOnlyList<string>> RecordAsync(JobLease lease, RolloutEntry entry, int firstKeptStep, CancellationToken cancellationToken);

    /// <summary>Every file that is named.</summary>
    Task<IReadOnlyList<string>> ListFilesAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>Steps that may have rollouts which pass the filter, by step: the first of them.</summary>
    Task<IReadOnlyList<RolloutEntry>> ReadAsync(JobId id, RolloutFilter filter, int limit, CancellationToken cancellationToken);
}

/// <summary>A step's rollouts, as the store knows them.</summary>
/// <param name="Step">From 1.</param>
/// <param name="File">Name in the job's folder of rollouts.</param>
/// <param name="Columns">In the order of the file's rows.</param>
public sealed record RolloutEntry(int Step, string File, RolloutColumns Columns);

/// <summary>
/// The files of rollouts, one per step, in the folders of jobs. A file that can be found is complete. A worker that lost its lease overwrites and removes nothing that a later one
/// wrote: every file carries the token of its lease.
/// </summary>
public interface IRolloutFiles
{
    /// <summary>Writes a file, and flushes it to disk.</summary>
    /// <returns>Its name.</returns>
    string Write(JobLease lease, StepRollouts rollouts);

    /// <summary>Removes files; does nothing where they do not exist.</summary>
    void Remove(JobLease lease, IEnumerable<string> files);

    /// <summary>Removes what this worker and earlier ones left of a job, except these files.</summary>
    void RemoveOthers(JobLease lease, IEnumerable<string> kept);

    /// <summary>Prompt and completion of every row.</summary>
    /// <exception cref="FileNotFoundException">Another file has taken its place, or it is gone.</exception>
    Task<IReadOnlyList<(string Prompt, string Completion)>> ReadTextsAsync(JobId id, string file, CancellationToken cancellationToken);

    /// <summary>Rows by their places, rising.</summary>
    /// <param name="id">The job.</param>
    /// <param name="file">Its name.</param>
    /// <param name="rows">Rising.</param>
    /// <param name="withTokens">Whether token ids are read; the lists are empty otherwise.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FileNotFoundException">Another file has taken its place, or it is gone.</exception>
    Task<IReadOnlyList<RolloutRecord>> ReadAsync(JobId id, string file, IReadOnlyList<int> rows, bool withTokens, CancellationToken cancellationToken);
}

/// <summary>Rollouts as a worker keeps them: the files, and what the store knows of them.</summary>
public sealed record RolloutPorts(IRolloutIndex Index, IRolloutFiles Files);
