using AlignService.Specs.Guardian;
using AlignService.Specs.Metrics;
using AlignService.Specs.Resources;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Jobs.Events;

/// <summary>A finding of a guardian rule.</summary>
/// <param name="Finding">What was found, and the action.</param>
/// <param name="RolledBackTo">Where a rollback went: the steps after it run again.</param>
/// <param name="LearningRateFactor">The learning rate after the rollback, as a multiple of the job's own.</param>
public sealed record GuardianReport(GuardianFinding Finding, int? RolledBackTo, double? LearningRateFactor) : JobEventBody
{
    internal override string Describe(int step, int totalSteps)
    {
        string back = RolledBackTo is { } toStep ? $" Going back to step {toStep}, with {MetricText.Number(LearningRateFactor ?? 1)} times the learning rate." : "";
        return $"guardian, {Finding.Rule}: {Finding.Seen}{back} {Finding.Meaning} {Finding.Remedy}";
    }

    internal override LogSeverity GetSeverity() => Finding.Action == GuardianAction.Fail ? LogSeverity.Error : LogSeverity.Warning;

    internal override void WriteTo(Wire.JobEvent wire, JobId id)
    {
        wire.Guardian = new Wire.GuardianFinding
        {
            Rule = Finding.Rule,
            Subject = Finding.Subject,
            Value = Finding.Value,
            Bound = Finding.Bound,
            Action = Enum.Parse<Wire.GuardianAction>(Finding.Action.ToString()),
            Seen = Finding.Seen,
            Meaning = Finding.Meaning,
            Remedy = Finding.Remedy,
        };
        if (this is { RolledBackTo: { } step, LearningRateFactor: { } factor })
        {
            wire.Guardian.RolledBackTo = step;
            wire.Guardian.LearningRateFactor = factor;
        }
    }
}
