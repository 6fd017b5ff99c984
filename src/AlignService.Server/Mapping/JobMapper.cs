using AlignService.Jobs;
using AlignService.Specs;
using AlignService.Specs.Binding;
using AlignService.Specs.Resources;
using Google.Protobuf.WellKnownTypes;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>A job as on the wire.</summary>
internal static class JobMapper
{
    /// <summary>The job without its inline data, and with its <paramref name="checkpoints"/> by rising step; lists have none.</summary>
    public static Wire.Job Write(Job job, IReadOnlyList<JobCheckpoint> checkpoints)
    {
        JobCheckpoint? best = CheckpointSelection.Best(checkpoints), last = CheckpointSelection.Last(checkpoints);
        return new Wire.Job
        {
            Name = job.Id.ResourceName,
            Spec = JobSpecWire.Brief(job.Spec).Message,
            State = WriteState(job.State),
            CreateTime = Timestamp.FromDateTimeOffset(job.CreateTime),
            StartTime = WriteTime(job.StartTime),
            EndTime = WriteTime(job.EndTime),
            UpdateTime = Timestamp.FromDateTimeOffset(job.UpdateTime),
            Progress = new Wire.JobProgress { CompletedSteps = job.CompletedSteps, TotalSteps = job.TotalSteps },
            Failure = job.Failure is { } failure
                ? new Wire.JobFailure { Reason = failure.Reason, Message = failure.Message, Remedy = failure.Remedy }
                : null,
            CancelRequested = job.CancelRequested,
            PauseRequested = job.PauseRequested,
            Attempt = job.Attempt,
            Project = job.Project.ResourceName,
            Checkpoints = { checkpoints.Select(checkpoint => WriteCheckpoint(job.Id, checkpoint, best, last)) },
        };
    }

    /// <summary>As shown in lists: without checkpoints.</summary>
    public static Wire.Job WriteBrief(Job job) => Write(job, []);

    public static Wire.JobAttempt Write(AttemptRecord attempt) => new()
    {
        Attempt = attempt.Attempt,
        Worker = attempt.WorkerId,
        Device = attempt.Place?.Device ?? "",
        Host = attempt.Place?.Host ?? "",
        StartTime = Timestamp.FromDateTimeOffset(attempt.StartTime),
        EndTime = WriteTime(attempt.EndTime),
        Outcome = attempt.Outcome is { } outcome ? EnumNames.ToWire<AttemptOutcome, Wire.AttemptOutcome>(outcome) : Wire.AttemptOutcome.Unspecified,
    };

    private static Wire.JobState WriteState(JobState state) => EnumNames.ToWire<JobState, Wire.JobState>(state);

    private static Wire.Checkpoint WriteCheckpoint(JobId id, JobCheckpoint checkpoint, JobCheckpoint? best, JobCheckpoint? last)
    {
        Wire.Checkpoint wire = checkpoint.ToWire(id);
        wire.Best = checkpoint == best;
        wire.Last = checkpoint == last;
        return wire;
    }

    private static Timestamp? WriteTime(DateTimeOffset? time) => time is { } given ? Timestamp.FromDateTimeOffset(given) : null;
}
