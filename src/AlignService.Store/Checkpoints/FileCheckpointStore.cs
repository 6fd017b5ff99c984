using AlignService.HuggingFace.Integrity;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Store.Checkpoints;

/// <summary>
/// Checkpoints as directories {data root}/jobs/{job}/checkpoints/step-NNNNNN. Each is written under a hidden name with a manifest of its files, flushed to disk
/// with everything in it, and renamed: complete or not there, even after a power failure.
/// </summary>
public sealed class FileCheckpointStore(string dataRoot, TimeProvider time) : ICheckpointStore
{
    private readonly string _jobs = Path.Combine(Path.GetFullPath(dataRoot), "jobs");

    public JobCheckpoint Locate(JobId id, JobCheckpoint recorded) => recorded with { Directory = Path.Combine(FolderOf(id).FullPath, Path.GetFileName(recorded.Directory)) };

    public void RemoveLeftovers(JobLease lease, IReadOnlyCollection<JobCheckpoint> recorded)
    {
        CheckpointFolder folder = FolderOf(lease.JobId);
        HashSet<string> kept = [.. recorded.Select(checkpoint => Path.GetFileName(checkpoint.Directory))];
        foreach (string directory in folder.Own.Where(directory => !kept.Contains(Path.GetFileName(directory))))
        {
            folder.Remove(directory, lease.Token);
        }
    }

    public StagedCheckpoint Stage(JobLease lease, int step, double? score, Action<string> save)
    {
        string directory = FolderOf(lease.JobId).Hidden(step, lease.Token);
        try
        {
            Directory.CreateDirectory(directory);
            save(directory);
            var staged = new StagedCheckpoint(lease, step, directory, time.GetUtcNow(), score);
            CheckpointManifest.Of(directory).Write(directory);
            CheckpointNote.Write(directory, new CheckpointNote(step, staged.CreateTime, score) { Token = lease.Token, HasManifest = true });
            DiskFlush.Tree(directory);
            return staged;
        }
        catch
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }

            throw;
        }
    }

    public JobCheckpoint Publish(StagedCheckpoint staged)
    {
        CheckpointFolder folder = FolderOf(staged.Lease.JobId);
        string target = folder.Publish(staged.Directory, staged.Step, staged.Lease.Token);
        DiskFlush.Entry(folder.FullPath);
        return new JobCheckpoint(staged.Step, target, staged.CreateTime, staged.Score);
    }

    public void Remove(JobLease lease, JobCheckpoint checkpoint) => FolderOf(lease.JobId).Remove(checkpoint.Directory, lease.Token);

    public void SetAside(JobLease lease, JobCheckpoint checkpoint) => FolderOf(lease.JobId).SetAside(checkpoint.Directory, checkpoint.Step, lease.Token);

    public FileDamage? FindDamage(JobCheckpoint checkpoint, ManifestScope scope, CancellationToken cancellationToken) =>
        !Directory.Exists(checkpoint.Directory) ? new FileDamage("", "its directory is missing")
        : MissesItsManifest(checkpoint.Directory) ? new FileDamage(CheckpointManifest.FileName, "is missing")
        : CheckpointManifest.FindDamage(checkpoint.Directory, scope, cancellationToken);

    public void RemoveJob(JobId id)
    {
        string folder = Path.Combine(_jobs, id.Value);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public void DropTrainerState(JobId id)
    {
        foreach (string directory in FolderOf(id).Published.Where(TrainerState.IsIn))
        {
            TrainerState.Drop(directory);
        }
    }

    public IReadOnlyList<JobId> ListTrainerStates()
    {
        List<JobId> found = [];
        foreach (string directory in Directory.Exists(_jobs) ? Directory.GetDirectories(_jobs) : [])
        {
            if (JobId.TryParseResourceName($"jobs/{Path.GetFileName(directory)}", out JobId id) && FolderOf(id).Published.Any(TrainerState.IsIn))
            {
                found.Add(id);
            }
        }

        return found;
    }

    public FoundCheckpoint Find(JobId id, string name)
    {
        CheckpointFolder folder = FolderOf(id);
        List<JobCheckpoint> all = [.. folder.Published.GroupBy(directory => CheckpointFolder.StepOf(directory)).Select(same => Describe(same.MaxBy(CheckpointFolder.TokenOf)!))]; // a group has members
        string known = all.Count == 0
            ? $"that job has no checkpoints under {folder.FullPath}"
            : $"that job has {string.Join(", ", all.OrderBy(checkpoint => checkpoint.Step).Select(checkpoint => checkpoint.Name))}, last and best";
        List<string> passedOver = [];
        while (CheckpointSelection.Named(all, name) is { } found)
        {
            FileDamage? damage = MissesItsManifest(found.Directory)
                ? new FileDamage(CheckpointManifest.FileName, "is missing")
                : CheckpointManifest.FindDamage(found.Directory, ManifestScope.Model, CancellationToken.None);
            if (damage is null)
            {
                return new FoundCheckpoint(found.Step, found.Directory, [.. passedOver.Select(text => $"{text}; {id.ResourceName}/checkpoints/{found.Name} is used instead")]);
            }

            passedOver.Add($"the checkpoint {id.ResourceName}/checkpoints/{found.Name} is damaged: {damage}");
            all.Remove(found);
        }

        throw new CheckpointException(passedOver.Count > 0
            ? $"{string.Join("; ", passedOver)}. Of the others, {known[..1]}{known[1..]}."
            : $"the checkpoint {id.ResourceName}/checkpoints/{name} does not exist; {known}.");
    }

    private static bool MissesItsManifest(string directory) =>
        !File.Exists(Path.Combine(directory, CheckpointManifest.FileName))
        && (Directory.Exists(Path.Combine(directory, CheckpointLayout.TrainerFolder)) || CheckpointNote.TryRead(directory) is { HasManifest: true });

    private static JobCheckpoint Describe(string directory)
    {
        CheckpointNote? note = CheckpointNote.TryRead(directory);
        return new JobCheckpoint(CheckpointFolder.StepOf(directory)!.Value, directory, note?.CreateTime ?? default, note?.Score); // only published ones are described
    }

    private CheckpointFolder FolderOf(JobId id) => new(_jobs, id);
}
