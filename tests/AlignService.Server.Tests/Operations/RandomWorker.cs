using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace AlignService.Server.Tests.Operations;

/// <summary>Runs jobs through the store as a worker does, and ends each as a random worker would: done, failed, or gone without a word.</summary>
/// <param name="server">Whose store it uses.</param>
/// <param name="name">The worker's id.</param>
/// <param name="random">Decides how a job goes.</param>
internal sealed class RandomWorker(TestServer server, string name, Random random)
{
    private const int Steps = 10;

    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(5);

    /// <summary>Until it is cancelled; a job that it has then is ended.</summary>
    public async Task RunAsync(CancellationToken done)
    {
        await using IJobChanges changes = await server.Store.Catalog.FollowAsync(null, CancellationToken.None);
        while (!done.IsCancellationRequested)
        {
            if (await server.Store.Leases.ClaimAsync(name, LeaseTime, CancellationToken.None) is not { } lease)
            {
                await WaitAsync(changes, done);
                continue;
            }

            try
            {
                await TrainAsync(lease);
            }
            catch (Exception exception) when (exception is LeaseLostException or InvalidTransitionException or JobNotFoundException)
            {
                // Somebody else decided otherwise meanwhile.
            }

            await server.Store.Leases.ExpireAsync(lease.JobId, name, lost: false, CancellationToken.None);
        }
    }

    private static async Task WaitAsync(IJobChanges changes, CancellationToken done)
    {
        try
        {
            await changes.WaitAsync(TimeSpan.FromDays(1), done); // a change wakes it; nobody looks by himself meanwhile
        }
        catch (OperationCanceledException)
        {
            // Nobody makes jobs any more.
        }
    }

    private async Task TrainAsync(JobLease lease)
    {
        await MoveAsync(lease, JobState.Preparing);
        await MoveAsync(lease, JobState.Running);
        Job job = (await server.Store.Catalog.FindAsync(lease.JobId, CancellationToken.None))!;
        int end = random.Next(4);
        for (int step = job.CompletedSteps + 1; step <= Math.Max(Steps, job.TotalSteps); step++)
        {
            LeaseRenewal renewal = await server.Store.Leases.RenewAsync(lease, LeaseTime, CancellationToken.None);
            lease = renewal.Lease;
            if (renewal.CancelRequested)
            {
                await MoveAsync(lease, JobState.Cancelled);
                return;
            }

            if ((await server.Store.Catalog.FindAsync(lease.JobId, CancellationToken.None))!.PauseRequested)
            {
                await server.Store.Leases.PauseAsync(lease, "paused on request", CancellationToken.None);
                return;
            }

            if (end == 0 && step > 3)
            {
                return; // gone
            }

            if (end == 1 && step > 6)
            {
                await server.Store.Leases.TransitionAsync(lease, JobState.Failed, new JobFailure("test", "it was to fail", ""), "", CancellationToken.None);
                return;
            }

            await server.Store.Journal.AppendAsync(lease, step, Math.Max(Steps, job.TotalSteps), [JobEvent.New(step, "", FakeWorker.Metrics(step))], CancellationToken.None);
            if (step % 4 == 0)
            {
                await CheckpointAsync(lease, step);
            }
        }

        await MoveAsync(lease, JobState.Succeeded);
    }

    private Task<Job> MoveAsync(JobLease lease, JobState to) => server.Store.Leases.TransitionAsync(lease, to, null, "", CancellationToken.None);

    private async Task CheckpointAsync(JobLease lease, int step)
    {
        ICheckpointStore files = server.Services.GetRequiredService<ICheckpointStore>();
        JobCheckpoint published = files.Publish(files.Stage(lease, step, null, directory => CheckpointedJob.Fill(server.Folder, directory, holdsState: true)));
        await server.Store.Journal.AddCheckpointAsync(lease, published, CancellationToken.None);
    }
}
