using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>What a fork takes over, in the transaction that creates it.</summary>
internal static class ForkTable
{
    private const string ForkKey = "fork";

    private const string TakeOver = "UPDATE jobs SET completed_steps = @step, rollback_count = @rollbacks WHERE id = @id";

    /// <param name="session">The transaction.</param>
    /// <param name="job">Just inserted.</param>
    /// <param name="fork">Its folder holds what it takes over.</param>
    /// <param name="now">The current time.</param>
    public static async Task TakeOverAsync(SqlSession session, Job job, NewFork fork, DateTimeOffset now)
    {
        string text = fork.State is null ? $"forked from the weights of {fork.Fork.Checkpoint}" : $"forked from {fork.Fork.Checkpoint}; goes on after step {fork.Fork.Step}";
        var forked = JobEvent.New(fork.State?.Checkpoint.Step ?? 0, ForkKey, new LogMessage(LogSeverity.Info, text));
        await EventTable.AppendAsync(session, job, [.. fork.State?.Evaluations ?? [], forked], now);
        if (fork.State is { } state)
        {
            await session.ExecuteAsync(TakeOver, ("id", job.Id.Value), ("step", state.Checkpoint.Step), ("rollbacks", state.RollbackCount));
            await CheckpointTable.AddAsync(session, job.Id, state.Checkpoint);
            await DeletionTable.ForgetAsync(session, job.Id);
            await ModelTable.CopyAsync(session, state.Source, job.Id);
        }
    }
}
