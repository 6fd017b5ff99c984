using System.Diagnostics;

namespace AlignService.Training;

/// <summary>The spans of training: one `step`, and in it rollout, reward, old_logprobs, reference_logprobs and update.</summary>
public static class TrainingDiagnostics
{
    public const string SourceName = "AlignService.Training";

    internal static readonly ActivitySource Source = new(SourceName);
}
