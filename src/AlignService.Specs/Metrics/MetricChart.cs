namespace AlignService.Specs.Metrics;

/// <summary>A chart of the status page. Its curves are the metrics that name it, in the catalog's order.</summary>
/// <param name="Title">Above the chart.</param>
/// <param name="IsMain">Shown above the samples and the log, else below.</param>
public sealed record MetricChart(string Title, bool IsMain = false)
{
    public static readonly MetricChart Reward = new("Reward", IsMain: true);
    public static readonly MetricChart Kl = new("KL to the reference", IsMain: true);
    public static readonly MetricChart Length = new("Completion length", IsMain: true);
    public static readonly MetricChart HeldOut = new("Held out", IsMain: true);
    public static readonly MetricChart Loss = new("Loss");
    public static readonly MetricChart Accuracy = new("Pairs in order");
    public static readonly MetricChart ImplicitReward = new("Implicit reward");
    public static readonly MetricChart Score = new("Score");
    public static readonly MetricChart Entropy = new("Entropy");
    public static readonly MetricChart GradientNorm = new("Gradient norm");
    public static readonly MetricChart Shares = new("Clipped and truncated");
    public static readonly MetricChart StepTime = new("Step time");
    public static readonly MetricChart Speed = new("Generated");

    /// <summary>In the page's order.</summary>
    public static IReadOnlyList<MetricChart> All { get; } =
        [Reward, Kl, Length, HeldOut, Loss, Accuracy, ImplicitReward, Score, Entropy, GradientNorm, Shares, StepTime, Speed];
}
