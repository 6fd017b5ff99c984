namespace AlignService.Specs.Rewards.Forms;

/// <summary>1 if the completion starts with the opening tag, has no second one, and a closing tag follows; else 0.</summary>
public sealed class ThinkFormatReward(ThinkFormatConfig config) : IReward
{
    private readonly string _open = $"<{config.Tag}>";
    private readonly string _close = $"</{config.Tag}>";

    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) =>
        [.. requests.Select(request => RewardScore.Of(IsFormatted(config.OpenedByPrompt ? _open + request.Completion : request.Completion) ? 1 : 0))];

    private bool IsFormatted(string text) =>
        text.StartsWith(_open, StringComparison.Ordinal)
        && text.IndexOf(_open, _open.Length, StringComparison.Ordinal) < 0
        && text.IndexOf(_close, _open.Length, StringComparison.Ordinal) >= 0;
}
