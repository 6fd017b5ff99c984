using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>Plays the worker of one job, through the store alone as a real one does.</summary>
internal sealed class FakeWorker(JobStore store, JobLease lease)
{
    public const string WorkerId = "fake";

    // A change wakes whoever waits; nobody looks by himself meanwhile.
    private static readonly TimeSpan AnyTime = TimeSpan.FromDays(1);

    private static CancellationToken None => CancellationToken.None;

    public JobLease Lease { get; private set; } = lease;

    public static async Task<FakeWorker> ClaimAsync(JobStore store, string jobName, TimeSpan? duration = null, WorkerPlace? place = null)
    {
        JobLease? lease = await store.Leases.ClaimAsync(new JobId(jobName["jobs/".Length..]), WorkerId, duration ?? TimeSpan.FromMinutes(5), None, place);
        var worker = new FakeWorker(store, lease ?? throw new InvalidOperationException($"{jobName} cannot be claimed."));
        await worker.MoveAsync(JobState.Preparing);
        await worker.MoveAsync(JobState.Running);
        return worker;
    }

    public Task MoveAsync(JobState to, JobFailure? failure = null) => store.Leases.TransitionAsync(Lease, to, failure, "", None);

    public Task ReportAsync(int step, params JobEventBody[] bodies) =>
        store.Journal.AppendAsync(Lease, step, 100, [.. bodies.Select((body, i) => JobEvent.New(step, i == 0 ? "" : $"{i}", body))], None);

    public static MetricPoints Metrics(double reward, double kl = 0.01, double length = 20) => new(new Dictionary<string, double>
    {
        ["reward/mean"] = reward,
        ["reward/std"] = 0.1,
        ["policy/kl"] = kl,
        ["completions/mean_length"] = length,
    });

    /// <summary>Renews until a cancel is asked for.</summary>
    public async Task WaitForCancelAsync(CancellationToken cancellationToken)
    {
        await using IJobChanges changes = await store.Catalog.FollowAsync(Lease.JobId, cancellationToken);
        while (true)
        {
            LeaseRenewal renewal = await store.Leases.RenewAsync(Lease, TimeSpan.FromMinutes(5), cancellationToken);
            Lease = renewal.Lease;
            if (renewal.CancelRequested)
            {
                return;
            }

            await changes.WaitAsync(AnyTime, cancellationToken);
        }
    }

    /// <summary>Waits until a pause is asked for, and rests.</summary>
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        await WaitForPauseAsync(cancellationToken);
        await store.Leases.PauseAsync(Lease, "paused on request", cancellationToken);
    }

    /// <summary>Waits until a pause is asked for.</summary>
    public async Task WaitForPauseAsync(CancellationToken cancellationToken)
    {
        await using IJobChanges changes = await store.Catalog.FollowAsync(Lease.JobId, cancellationToken);
        while (!(await store.Catalog.FindAsync(Lease.JobId, cancellationToken))!.PauseRequested)
        {
            await changes.WaitAsync(AnyTime, cancellationToken);
        }
    }

    /// <summary>The process has gone.</summary>
    public Task GoneAsync() => store.Leases.ExpireAsync(Lease.JobId, WorkerId, lost: false, None);
}
