using AlignService.Specs.PolicyOptimization;

namespace AlignService.Training.Losses;

/// <summary>The known objectives, one entry each.</summary>
internal static class Objectives
{
    private static readonly (Objective Kind, Func<GrpoLossConfig, ITokenObjective> Create)[] All =
    [
        (Objective.Clipped, loss => new ClippedSurrogate(loss.ClipLow, loss.ClipHigh, loss.RatioCap, loss.DualClip)),
        (Objective.Cispo, loss => new Cispo(loss.ClipLow, loss.ClipHigh, loss.CispoAbsoluteMax)),
        (Objective.Sapo, _ => new Sapo()),
        (Objective.Reinforce, _ => new Reinforce()),
        (Objective.NaturalGradient, _ => new UnclippedSurrogate()),
    ];

    public static IEnumerable<Objective> Kinds => All.Select(entry => entry.Kind);

    /// <summary>The objective that the settings name, with the settings that it reads.</summary>
    public static ITokenObjective Create(GrpoLossConfig loss) => All.Single(entry => entry.Kind == loss.Objective).Create(loss);
}
