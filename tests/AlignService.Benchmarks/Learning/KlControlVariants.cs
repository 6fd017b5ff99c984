using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Profiles;

namespace AlignService.Benchmarks.Learning;

/// <summary>Does the adaptive coefficient find its target from a start that is ten times too small or too large? Two targets, fixed beforehand.</summary>
internal static class KlControlVariants
{
    private const int StepCount = 300;

    /// <summary>With 128 completions a step the coefficient moves by 2% a step at most: slower than the policy follows, so that it does not swing.</summary>
    private const double Horizon = 1280;

    /// <summary>
    /// Each target, in nats a completion, with a coefficient that holds about it (found by runs of their own). Both are below the 1.0 to 1.1 nats that the policy reaches
    /// by itself: at that level any small coefficient "holds", until the policy drifts.
    /// </summary>
    private static readonly (double Target, double Coefficient)[] Targets = [(0.4, 1.2), (0.7, 0.4)];

    public static IReadOnlyList<LearningVariant> All { get; } =
    [
        .. Targets.SelectMany(target => new[] { 0.1, 10 }.Select(factor => LearningVariants.Policy(
            FormattableString.Invariant($"kl_{target.Target}_from_{target.Coefficient * factor:G2}"),
            GrpoProfile.Grpo,
            config => config with
            {
                StepCount = StepCount,
                Loss = config.Loss with { KlCoefficient = target.Coefficient * factor },
                AdaptiveKl = new AdaptiveKlConfig { Target = target.Target, Horizon = Horizon },
            }))),
    ];
}
