using AlignService.Jobs.Events;
using AlignService.Specs;
using AlignService.Specs.Binding;
using Google.Protobuf.WellKnownTypes;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>A job's events as the wire shows them.</summary>
internal static class EventMapper
{
    public static Wire.JobEvent Write(JobId id, JobEvent record)
    {
        var wire = new Wire.JobEvent
        {
            Cursor = record.Cursor,
            Time = Timestamp.FromDateTimeOffset(record.Time),
            Step = record.Step,
        };
        switch (record.Body)
        {
            case StateChanged change:
                wire.StateChanged = new Wire.StateChanged
                {
                    From = JobMapper.WriteState(change.From),
                    To = JobMapper.WriteState(change.To),
                    Reason = change.Reason,
                };
                break;
            case LogMessage log:
                wire.Log = new Wire.LogMessage
                {
                    Severity = EnumNames.ToWire<LogSeverity, Wire.LogMessage.Types.Severity>(log.Severity),
                    Text = log.Text,
                };
                break;
            case MetricPoints metrics:
                wire.Metrics = new Wire.MetricPoints { Values = { metrics.Values.ToDictionary() } };
                break;
            case SampleCompletions samples:
                wire.Samples = new Wire.SampleCompletions { Completions = { samples.Completions.Select(WriteSample) }, Evaluation = samples.Evaluation };
                break;
            case CheckpointWritten written:
                wire.Checkpoint = new Wire.CheckpointWritten { Checkpoint = JobMapper.WriteCheckpoint(id, written.Checkpoint, null, null) };
                break;
            case Resumed resumed:
                wire.Resumed = new Wire.Resumed { Attempt = resumed.Attempt, FromStep = resumed.FromStep, Reason = resumed.Reason };
                break;
            case Divergence divergence:
                wire.Divergence = new Wire.Divergence { Metric = divergence.Metric, First = divergence.First, Again = divergence.Again };
                break;
            case GuardianReport report:
                wire.Guardian = GuardianMapper.WriteFinding(report);
                break;
            default:
                throw new InvalidOperationException($"The wire has no event of type {record.Body.GetType().Name}.");
        }

        return wire;
    }

    private static Wire.SampleCompletion WriteSample(SampleCompletion sample)
    {
        var wire = new Wire.SampleCompletion
        {
            Prompt = sample.Prompt,
            Completion = sample.Completion,
            Scores = { sample.Scores.ToDictionary() },
            FinishReason = sample.FinishReason,
            TokenCount = sample.TokenCount,
            Answer = sample.Answer ?? "",
        };
        if (sample.Reward is { } reward)
        {
            wire.Reward = reward;
        }

        return wire;
    }
}
