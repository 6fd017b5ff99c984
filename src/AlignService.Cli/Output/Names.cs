using AlignService.Contracts.V1;
using AlignService.Specs.Binding;
using Google.Protobuf.Reflection;

namespace AlignService.Cli.Output;

/// <summary>Enum values as people read and write them.</summary>
internal static class Names
{
    public static readonly EnumDescriptor JobStates = JobReflection.Descriptor.EnumTypes.Single(type => type.Name == nameof(JobState));

    private static readonly EnumDescriptor Outcomes = JobReflection.Descriptor.EnumTypes.Single(type => type.Name == nameof(AttemptOutcome));

    public static string State(JobState state) => EnumNames.Short(JobStates, JobStates.FindValueByNumber((int)state)?.Name ?? state.ToString());

    /// <summary>Empty for an attempt that has not ended.</summary>
    public static string Outcome(AttemptOutcome outcome) =>
        outcome == AttemptOutcome.Unspecified ? "" : EnumNames.Short(Outcomes, Outcomes.FindValueByNumber((int)outcome)?.Name ?? outcome.ToString());
}
