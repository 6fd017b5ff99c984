namespace AlignService.Cli.Watching;

/// <summary>The metrics that the command line shows, by their names in docs/algorithms.md.</summary>
internal static class MetricNames
{
    public const string Reward = "reward/mean";
    public const string Kl = "policy/kl";
    public const string Loss = "policy/loss";
    public const string RewardModelLoss = "reward_model/loss";
    public const string Length = "completions/mean_length";
    public const string StepTime = "time/step";
    public const string EvaluationPrefix = "eval/";
    public const string EvaluationReward = "eval/reward";
    public const string Mean = "/mean";
    public const string StandardError = "/standard_error";

    /// <summary>What the live table shows, in order, with its heading.</summary>
    public static readonly IReadOnlyList<(string Name, string Heading)> Shown =
    [
        (Reward, "reward"),
        ("reward/std", "reward std in a group"),
        (Kl, "KL to the reference (nats)"),
        (Length, "completion length (tokens)"),
        ("completions/truncated_fraction", "truncated"),
        ("policy/entropy", "entropy (nats)"),
        ("policy/loss", "loss"),
        ("preference/accuracy", "pairs in order"),
        ("preference/margin", "implicit reward margin"),
        ("reward_model/loss", "loss"),
        ("reward_model/accuracy", "pairs in order"),
        ("reward_model/margin", "score margin"),
        ("policy/clip_fraction", "clipped"),
        ("policy/grad_norm", "gradient norm"),
        ("reward_model/grad_norm", "gradient norm"),
        (StepTime, "step time (s)"),
    ];

    /// <summary>Whether these are the numbers of a training step, not of an evaluation or a checkpoint.</summary>
    public static bool AreOfStep(IDictionary<string, double> values) => values.ContainsKey(Reward) || values.ContainsKey(StepTime);
}
