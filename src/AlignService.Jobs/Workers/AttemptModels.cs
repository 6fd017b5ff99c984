using AlignService.HuggingFace.Integrity;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Workers;

/// <summary>
/// The checkpoints of other jobs that a job uses by name. What best or last is, or a step that is written again after a rollback, can change while the other job runs; the job goes on with
/// what it began with, in every attempt.
/// </summary>
/// <param name="job">Leased.</param>
/// <param name="journal">Keeps what each name stood for.</param>
/// <param name="files">The checkpoints.</param>
/// <param name="thread">Reads them.</param>
internal sealed class AttemptModels(Job job, IJobJournal journal, ICheckpointStore files, TrainingThread thread)
{
    private readonly List<JobEvent> _events = [];

    /// <summary>The kind with the directory of each checkpoint in the place of its name.</summary>
    /// <exception cref="CheckpointException">There is no such checkpoint, or it is damaged.</exception>
    public async Task<JobKind> SettleAsync(JobKind kind, CancellationToken cancellationToken)
    {
        HashSet<string> names = [];
        kind.WithModels(name =>
        {
            names.Add(name);
            return name;
        });
        Dictionary<string, string> directories = [];
        foreach (string name in names)
        {
            if (ModelReference.Parse(name) is { JobId: { } source, CheckpointName: { } alias })
            {
                directories[name] = await SettleAsync(name, source, alias, cancellationToken);
            }
        }

        if (_events.Count > 0)
        {
            await journal.AppendAsync(job.HeldLease, job.CompletedSteps, job.TotalSteps, _events, cancellationToken);
        }

        return directories.Count == 0 ? kind : kind.WithModels(name => directories.GetValueOrDefault(name, name));
    }

    private async Task<string> SettleAsync(string name, JobId source, string alias, CancellationToken cancellationToken)
    {
        if (await journal.FindModelAsync(job.Id, name, cancellationToken) is { } known)
        {
            return await RequireAsync(known, cancellationToken);
        }

        while (true)
        {
            (UsedCheckpoint found, IReadOnlyList<string> warnings) = await FindAsync(source, alias, cancellationToken);
            if (await journal.UseModelAsync(job.HeldLease, name, found, cancellationToken) is { } used)
            {
                _events.AddRange(warnings.Select((warning, i) => Message(name, i, LogSeverity.Warning, warning)));
                if (used.ToString() != name)
                {
                    _events.Add(Message(name, warnings.Count, LogSeverity.Info, $"{name} is {used}, and stays it for this job whatever that job goes on to do"));
                }

                return await RequireAsync(used, cancellationToken);
            }

            // The other job removed it just then: another one has its name now.
        }
    }

    /// <summary>Of those that are recorded; of a job that another store knows, of those on the disk.</summary>
    private async Task<(UsedCheckpoint Found, IReadOnlyList<string> Warnings)> FindAsync(JobId source, string alias, CancellationToken cancellationToken)
    {
        if (await RecordedAsync(source, cancellationToken) is not { } all)
        {
            FoundCheckpoint found = await thread.RunAsync(() => files.Find(source, alias));
            return (new UsedCheckpoint(source, found.Step, Path.GetFileName(found.Directory)), found.Warnings);
        }

        List<JobCheckpoint> recorded = [.. all.Select(checkpoint => files.Locate(source, checkpoint))];
        List<string> warnings = [];
        while (CheckpointSelection.Named(recorded, alias) is { } next)
        {
            if (await FindDamageAsync(next, cancellationToken) is not { } damage)
            {
                return (new UsedCheckpoint(source, next.Step, Path.GetFileName(next.Directory)), warnings);
            }

            warnings.Add($"the checkpoint {source.ResourceName}/checkpoints/{next.Name} is damaged and not used: {damage}");
            recorded.Remove(next);
        }

        string known = all.Count == 0 ? "it has none" : $"it has {string.Join(", ", all.Select(checkpoint => checkpoint.Name))}, last and best";
        throw new CheckpointException($"{source.ResourceName} has no checkpoint {alias} that can be used: {string.Concat(warnings.Select(warning => $"{warning}; "))}{known}.");
    }

    /// <summary>Null where the store does not know the job.</summary>
    private async Task<IReadOnlyList<JobCheckpoint>?> RecordedAsync(JobId source, CancellationToken cancellationToken)
    {
        try
        {
            return await journal.ListCheckpointsAsync(source, cancellationToken);
        }
        catch (JobNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Another one in its place would silently be another job.</summary>
    private async Task<string> RequireAsync(UsedCheckpoint used, CancellationToken cancellationToken)
    {
        JobCheckpoint checkpoint = files.Locate(used.Source, used.AsRecorded);
        return await FindDamageAsync(checkpoint, cancellationToken) is { } damage
            ? throw new CheckpointException($"the job began with the checkpoint {used}, which is damaged: {damage}. Restore it, or submit the job again to start from another one.")
            : checkpoint.Directory;
    }

    private Task<FileDamage?> FindDamageAsync(JobCheckpoint checkpoint, CancellationToken cancellationToken) =>
        thread.RunAsync(() => files.FindDamage(checkpoint, ManifestScope.Model, cancellationToken));

    private static JobEvent Message(string name, int number, LogSeverity severity, string text) => JobEvent.New(0, $"model/{name}/{number}", new LogMessage(severity, text));
}
