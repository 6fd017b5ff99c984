using AlignService.Contracts.V1;

namespace AlignService.Cli.Watching;

/// <summary>The kind of a job by its field in the spec.</summary>
internal static class KindText
{
    /// <summary>Empty where the server knows a kind that this program does not.</summary>
    public static string Of(JobSpec spec) => JobSpec.Descriptor.FindFieldByNumber((int)spec.KindCase)?.Name ?? "";
}
