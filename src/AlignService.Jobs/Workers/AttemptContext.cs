using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Runs;

namespace AlignService.Jobs.Workers;

/// <summary>What the parts of one attempt share: the job under its lease, the run on its thread, and where it is recorded. The caller disposes of the run.</summary>
internal sealed class AttemptContext(Job job, ITrainingRun run, TrainingThread thread, IJobJournal journal)
{
    public Job Job => job;

    public JobLease Lease { get; } = job.HeldLease;

    public IJobJournal Journal => journal;

    public RunEvents Events { get; } = new(job.RollbackCount);

    public StepInstruments Instruments { get; } = new(job.Id);

    public int CompletedSteps => run.CompletedSteps;

    public int TotalSteps => run.TotalSteps;

    /// <summary>Whether what the run holds is what the last completed step left.</summary>
    public bool IsBetweenSteps => run.IsBetweenSteps;

    public bool IsDone => run.CompletedSteps >= run.TotalSteps;

    public Task<T> OnThreadAsync<T>(Func<ITrainingRun, T> work) => thread.RunAsync(() => work(run));

    public Task OnThreadAsync(Action<ITrainingRun> work) => thread.RunAsync(() => work(run));

    /// <summary>Records events with the progress so far.</summary>
    public Task AppendAsync(IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
        journal.AppendAsync(Lease, run.CompletedSteps, run.TotalSteps, events, cancellationToken);
}
