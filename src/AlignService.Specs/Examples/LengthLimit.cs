using AlignService.Specs.Settings;

namespace AlignService.Specs.Examples;

/// <summary>How long examples may be.</summary>
/// <param name="Tokens">Of one sequence, prompt and completion.</param>
/// <param name="Overlong">What happens to longer ones.</param>
public readonly record struct LengthLimit(int Tokens, OverlongPrompts Overlong)
{
    /// <param name="config">May set less than the model's context.</param>
    /// <param name="context">Tokens.</param>
    public static LengthLimit Of(ExampleTrainingConfig config, int context) => new(Math.Min(config.MaxLength ?? context, context), config.OverlongExamples);
}
