using AlignService.Specs.PolicyOptimization;
using static TorchSharp.torch;

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

/// <summary>What is minimized for each token, before KL and entropy (algorithms.md, section 3).</summary>
internal interface ITokenObjective
{
    /// <param name="ratio">pi / pi_old, [B, T] or [B, 1].</param>
    /// <param name="logProbs">[B, T].</param>
    /// <param name="advantages">[B, T] or [B, 1].</param>
    /// <returns>[B, T], or [B, 1] if it does not depend on the token.</returns>
    Tensor Loss(Tensor ratio, Tensor logProbs, Tensor advantages);

    /// <summary>Which ratios are clipped, at the lower and at the upper bound; null where the objective does not clip.</summary>
    (Tensor Low, Tensor High)? Clipped(Tensor ratio, Tensor advantages) => null;
}
