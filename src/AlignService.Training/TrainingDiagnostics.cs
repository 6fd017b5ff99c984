using System.Diagnostics;

namespace AlignService.Training;

/// <summary>The spans of a step: rollout, reward, old_logprobs, reference_logprobs and update, inside the caller's span.</summary>
public static class TrainingDiagnostics
{
    public const string SourceName = "AlignService.Training";

    internal static readonly ActivitySource Source = new(SourceName);
}
