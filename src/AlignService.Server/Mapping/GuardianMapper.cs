using AlignService.Jobs.Events;
using AlignService.Specs.Binding;
using AlignService.Specs.Guardian;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>The guardian's findings as the wire shows them.</summary>
internal static class GuardianMapper
{
    public static Wire.GuardianFinding WriteFinding(GuardianReport report)
    {
        GuardianFinding finding = report.Finding;
        var wire = new Wire.GuardianFinding
        {
            Rule = finding.Rule,
            Subject = finding.Subject,
            Value = finding.Value,
            Bound = finding.Bound,
            Action = EnumNames.ToWire<GuardianAction, Wire.GuardianAction>(finding.Action),
            Seen = finding.Seen,
            Meaning = finding.Meaning,
            Remedy = finding.Remedy,
        };
        if (report is { RolledBackTo: { } step, LearningRateFactor: { } factor })
        {
            wire.RolledBackTo = step;
            wire.LearningRateFactor = factor;
        }

        return wire;
    }
}
