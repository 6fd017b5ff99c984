using AlignService.Server.Mapping;
using AlignService.Specs.PolicyOptimization;

namespace AlignService.Server.Validation;

/// <summary>Bounds of a natural-gradient step, and what does not go together with it.</summary>
internal static class TrustRegionRules
{
    private const int MaxIterations = 1000;
    private const int MaxBacktracks = 100;

    public static void Check(GrpoConfig config, FaultList faults, string path)
    {
        if (config.TrustRegion is not { } region)
        {
            return;
        }

        var algorithm = new RangeCheck(faults, path);
        if (config.Loss.Objective != Objective.NaturalGradient)
        {
            algorithm.Add("trust_region", $"objective {EnumNames.Spelled(config.Loss.Objective)} has none; leave trust_region out, or set objective to natural_gradient (profile trust_region).");
            return;
        }

        var range = new RangeCheck(faults, $"{path}.trust_region");
        range.Positive("max_kl", region.MaxKl);
        range.Within("conjugate_gradient_iterations", region.ConjugateGradientIterations, 1, MaxIterations);
        range.AtLeast("damping", region.Damping, 0);
        if (!(region.BacktrackFactor is > 0 and < 1))
        {
            range.Add("backtrack_factor", $"it is {region.BacktrackFactor}; it shortens a step, so it must lie in (0, 1).");
        }

        range.Within("max_backtracks", region.MaxBacktracks, 0, MaxBacktracks);
        CheckOnce("epochs", config.EpochCount, algorithm);
        CheckOnce("minibatches", config.MinibatchCount, algorithm);
        if (config.Advantage == AdvantageKind.Critic)
        {
            algorithm.Add("advantage", "it is critic, but a natural-gradient step trains no critic; take an advantage of groups, or objective clipped.");
        }

        if (config.Loss.TopEntropyFraction is { } fraction)
        {
            algorithm.Add("top_entropy_fraction", $"it is {fraction}, but a natural-gradient step is held to the surrogate of the weights before and after it, which would be read from other tokens; leave it out.");
        }

        if (config.KlStop is { } stop)
        {
            algorithm.Warn("kl_stop", $"it is {stop} but has no effect: a natural-gradient step is bounded by trust_region.max_kl.");
        }
    }

    private static void CheckOnce(string field, int value, RangeCheck range)
    {
        if (value > 1)
        {
            range.Add(field, $"it is {value}; a natural-gradient step takes all rollouts at once, so it must be 1.");
        }
    }
}
