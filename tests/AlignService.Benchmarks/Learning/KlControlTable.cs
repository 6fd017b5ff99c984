using System.Globalization;
using AlignService.Specs.JobKinds;

namespace AlignService.Benchmarks.Learning;

/// <summary>Where the KL ended against its target, one row a run.</summary>
internal static class KlControlTable
{
    private const double LargestError = 0.2;

    public static IEnumerable<string> Lines(IReadOnlyList<LearningCurve> curves) =>
    [
        "| target, nats a completion | seed | first coefficient | last coefficient | mean KL of the last 20 steps | error | within 20% |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        .. curves.Select(Row),
    ];

    private static string Row(LearningCurve curve)
    {
        double target = ((GrpoJob)LearningVariants.Find(curve.Variant).Create()).Config.AdaptiveKl!.Target;
        double kl = curve.Settled("policy/kl_per_completion")!.Value;
        double error = (kl - target) / target;
        double First(string metric) => curve.Points[1].Metrics[metric];
        double Last(string metric) => curve.Points[^1].Metrics[metric];
        return string.Create(CultureInfo.InvariantCulture,
            $"| {target} | {curve.Seed} | {First("policy/kl_coefficient"):G3} | {Last("policy/kl_coefficient"):G3} | {kl:F3} | {error:P0} | {(Math.Abs(error) <= LargestError ? "yes" : "no")} |");
    }
}
