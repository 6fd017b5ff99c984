using AlignService.Specs.Binding;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Rewards;

/// <summary>A transformer with a scalar head that is read at the end of every segment of a completion (arXiv:2305.20050), from a Hugging Face directory.</summary>
public sealed record ProcessRewardModelConfig : RewardConfig
{
    /// <summary>A directory, or jobs/{job}/checkpoints/{checkpoint}.</summary>
    [Setting(IsPath = true)]
    public required string Model { get; init; }

    /// <summary>Ends a segment of a completion, unless <see cref="SegmentToken"/> is set.</summary>
    [Setting]
    public string SegmentDelimiter { get; init; } = "\n\n";

    /// <summary>Id of the policy's token that ends a segment; null is the delimiter.</summary>
    [Setting(Min = 0)]
    public int? SegmentToken { get; init; }

    /// <summary>Text that the model reads at the end of every segment, where its head is read; null leaves the completion unchanged.</summary>
    [Setting]
    public string? SegmentTag { get; init; }

    internal override string? ModelDirectory => Model;

    internal override RewardConfig WithModel(Func<string, string> rename) => this with { Model = rename(Model) };

    internal override bool ScoresSegments => true;

    internal override IReward Create(RewardSetup setup) => setup.Models.Load(this);

    internal override void Check(FieldViolations violations, IReadOnlyList<RewardConfig> all, CancellationToken cancellationToken)
    {
        if (SegmentToken is { } token && SegmentDelimiter != new ProcessRewardModelConfig { Name = "", Model = "" }.SegmentDelimiter)
        {
            violations.Warn("segment_delimiter", $"it has no effect: segment_token {token} ends the segments.", ViolationCode.NoEffect);
        }
    }
}
