using System.Security.Cryptography;
using AlignService.Jobs;
using AlignService.Jobs.Forks;
using AlignService.Jobs.Ports;
using AlignService.Server.Access;
using AlignService.Server.Hosting;
using AlignService.Specs;
using AlignService.Specs.Binding;
using AlignService.Specs.Forking;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using Google.Protobuf;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>Jobs that begin with a checkpoint of another job: what they are made of, and their creation.</summary>
internal sealed class JobForks(CallerCatalog catalog, IJobJournal journal, ICheckpointStore checkpoints, ForkedStates states, HostSettings settings)
{
    private const string Field = "fork.checkpoint";

    /// <summary>The fork that this request created before; null where there is none. What it was forked from need not be there any more.</summary>
    public Task<Job?> FindBeforeAsync(Wire.CreateJobRequest request, CancellationToken cancellationToken) =>
        catalog.FindForkByRequestAsync(request.RequestId, HashOf(request), cancellationToken);

    /// <summary>The fork with its spec, not yet checked as a spec; null, with a violation, where it cannot be made.</summary>
    public async Task<ForkPlan?> PlanAsync(Wire.CreateJobRequest request, ViolationList violations, CancellationToken cancellationToken)
    {
        if (await FindAsync(request.Fork.Checkpoint, violations, cancellationToken) is not (Job source, JobCheckpoint checkpoint))
        {
            return null;
        }

        if (!Enum.IsDefined(request.Fork.State))
        {
            violations.Add("fork.state", $"{request.Fork.State} is not known to this server; give FORK_STATE_KEPT or FORK_STATE_FRESH.", ViolationCode.Unknown);
        }

        bool keepsState = request.Fork.State != Wire.ForkState.Fresh;
        if (keepsState && !checkpoints.HoldsTrainerState(checkpoint))
        {
            violations.Add(
                Field,
                $"{source.Id.ResourceName} has no trainer's state in {checkpoint.Name}: it is dropped when a job ends, unless checkpoint.keep_trainer_state says otherwise. "
                + "Fork with fresh state (FORK_STATE_FRESH, `align fork --fresh`), which starts a new run from the weights; a job with keep_trainer_state: always can be forked as it is.",
                ViolationCode.Conflict);
        }

        var fork = new JobFork($"{source.Id.ResourceName}/checkpoints/{checkpoint.Name}", checkpoint.Step, keepsState, HashOf(request));
        JobSpec whole = await catalog.ReadSpecAsync(source.Id, cancellationToken);
        Wire.JobSpec changes = request.Spec ?? new Wire.JobSpec(), changed = SpecChanges.Apply(JobSpecWire.Write(whole), changes, violations);
        if (!keepsState)
        {
            StartFrom(fork.Checkpoint, changed, changes, violations);
        }

        JobSpec? spec = violations.Violations.Count > 0 ? null : JobSpecWire.Read(changed, settings.FullData, violations);
        if (spec is null)
        {
            return null;
        }

        CheckProfile(whole.Kind, spec.Kind, violations);
        if (keepsState)
        {
            KeptStateRules.Check(whole, spec, checkpoint.Step, violations);
        }

        return new ForkPlan(fork, spec, source, checkpoint);
    }

    /// <exception cref="CheckpointException">The checkpoint was removed meanwhile.</exception>
    public async Task<Job> CreateAsync(JobId id, ForkPlan plan, string? requestId, CancellationToken cancellationToken)
    {
        if (!plan.Fork.KeepsState)
        {
            return await catalog.CreateForkAsync(id, plan.Spec, new NewFork(plan.Fork, null), requestId, settings.MaxQueuedJobs, cancellationToken);
        }

        ForkedState state = await states.TakeAsync(id, plan.Source, plan.Checkpoint, cancellationToken);
        try
        {
            Job job = await catalog.CreateForkAsync(id, plan.Spec, new NewFork(plan.Fork, state), requestId, settings.MaxQueuedJobs, cancellationToken);
            if (job.Id != id)
            {
                await states.GiveUpAsync(id); // the same request was quicker
            }

            return job;
        }
        catch (AlignException)
        {
            // Refused for certain. After any other error the job may exist; if it does not, the folder goes with those of deleted jobs.
            await states.GiveUpAsync(id);
            throw;
        }
    }

    private async Task<(Job Source, JobCheckpoint Checkpoint)?> FindAsync(string name, ViolationList violations, CancellationToken cancellationToken)
    {
        if (ModelReference.Parse(name) is not { JobId: { } id, CheckpointName: { } alias })
        {
            violations.Add(Field, $"\"{name}\" is not a checkpoint name; it must have the form jobs/{{job}}/checkpoints/{{best, last or step-000120}}.");
            return null;
        }

        if (await catalog.FindAsync(id, cancellationToken) is not { } source)
        {
            violations.Add(Field, $"{id.ResourceName} does not exist; list the jobs to see which do.", ViolationCode.NotFound);
            return null;
        }

        IReadOnlyList<JobCheckpoint> recorded = await journal.ListCheckpointsAsync(id, cancellationToken);
        if (CheckpointSelection.Named(recorded, alias) is { } found)
        {
            return (source, checkpoints.Locate(id, found));
        }

        string known = recorded.Count == 0 ? "it has none" : $"it has best, last, {string.Join(", ", recorded.Select(checkpoint => checkpoint.Name))}";
        violations.Add(Field, $"{id.ResourceName} ({EnumNames.Spelled(source.State)}) has no checkpoint {alias}: {known}.", ViolationCode.NotFound);
        return null;
    }

    /// <summary>Makes the checkpoint's weights, or its adapter, the start of a new run.</summary>
    private static void StartFrom(string checkpoint, Wire.JobSpec spec, Wire.JobSpec changes, ViolationList violations)
    {
        IMessage kind = KindOf(spec)!; // a stored job has one
        bool isAdapter = ValueOf(kind, "adapter") is Wire.AdapterSettings && ValueOf(KindOf(changes), "adapter") is null;
        if (!isAdapter && ValueOf(KindOf(changes), "model") is string { Length: > 0 })
        {
            violations.Add($"{JobSpecWire.Path}.{Wire.JobSpec.Descriptor.FindFieldByNumber((int)spec.KindCase).Name}.model", "a fork starts from the checkpoint's weights; leave model out, or submit a new job.", ViolationCode.Conflict);
        }

        if (isAdapter)
        {
            ((Wire.AdapterSettings)ValueOf(kind, "adapter")!).Directory = checkpoint; // is there
        }
        else
        {
            kind.Descriptor.FindFieldByName("model").Accessor.SetValue(kind, checkpoint);
        }
    }

    private static void CheckProfile(JobKind source, JobKind fork, ViolationList violations)
    {
        if (source is GrpoJob before && fork is GrpoJob after && before.Profile != after.Profile)
        {
            string name = EnumNames.Spelled(after.Profile);
            violations.Add(
                $"{JobSpecWire.Path}.grpo.algorithm.profile",
                $"it is {name}, but a fork has every setting of the forked job, so that a profile would change its name only. Give the settings themselves: `align profiles show {name}`.",
                ViolationCode.Conflict);
        }
    }

    private static IMessage? KindOf(Wire.JobSpec? spec) =>
        spec is null || Wire.JobSpec.Descriptor.FindFieldByNumber((int)spec.KindCase) is not { } field ? null : (IMessage)field.Accessor.GetValue(spec);

    private static object? ValueOf(IMessage? message, string name) => message?.Descriptor.FindFieldByName(name) is { } field ? field.Accessor.GetValue(message) : null;

    /// <summary>Of what was asked for, whatever the order of labels.</summary>
    private static string HashOf(Wire.CreateJobRequest request)
    {
        var asked = new Wire.CreateJobRequest { Spec = request.Spec?.Clone() ?? new Wire.JobSpec(), Fork = request.Fork };
        List<KeyValuePair<string, string>> labels = [.. asked.Spec.Labels.OrderBy(label => label.Key, StringComparer.Ordinal)];
        asked.Spec.Labels.Clear();
        labels.ForEach(label => asked.Spec.Labels.Add(label.Key, label.Value));
        return Convert.ToHexStringLower(SHA256.HashData(asked.ToByteArray()));
    }
}

/// <summary>A fork that can be made.</summary>
/// <param name="Fork">Where it comes from.</param>
/// <param name="Spec">The forked job's with the changes.</param>
/// <param name="Source">The forked job.</param>
/// <param name="Checkpoint">Located.</param>
internal sealed record ForkPlan(JobFork Fork, JobSpec Spec, Job Source, JobCheckpoint Checkpoint);
