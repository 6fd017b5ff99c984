using AlignService.Specs.Binding;
using AlignService.Specs.Rewards.Remote;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Rewards.Segments;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Rewards;

/// <summary>A reward outside the worker: what all of them have in common.</summary>
public abstract record RemoteRewardConfig : RewardConfig
{
    /// <summary>Reference to the bearer token of every call; null is none.</summary>
    [Setting(Aliases = "api_key bearer_token")]
    public string? Token { get; init; }

    /// <summary>Further headers; values or references.</summary>
    [Setting]
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    [Settings("calls")]
    public CallConfig Calls { get; init; } = new();

    /// <summary>The setting that names the other side, and its value.</summary>
    internal abstract (string Field, string Value) Target { get; }

    internal override RewardConfig ForTrial() => this with { Calls = Calls with { WhenUnscored = UnscoredPolicy.LeaveOut } };

    /// <summary>What the operator forbids, which only server and worker know.</summary>
    /// <param name="secrets">Which secrets jobs may name.</param>
    /// <param name="network">Where rewards may connect to.</param>
    /// <param name="violations">Violations of the kind's message.</param>
    internal void CheckAccess(SecretPolicy secrets, NetworkPolicy network, FieldViolations violations)
    {
        foreach ((string field, string? value) in Headers.Select(header => ($"headers[{header.Key}]", (string?)header.Value)).Append(("token", Token)))
        {
            if (value is not null && SecretReference.TryParse(value, out SecretReference reference) && reference.FindFault(secrets) is { } fault)
            {
                violations.Add(field, fault);
            }
        }

        if (AddressOf(Target.Value) is { } address && network.FindFault(address) is { } refused)
        {
            violations.Add(Target.Field, refused);
        }
    }

    /// <summary>Null where it is not one that can be called.</summary>
    private protected static Uri? AddressOf(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is ("http" or "https") && address.Host.Length > 0 ? address : null;

    internal override void Check(FieldViolations violations, IReadOnlyList<RewardConfig> all, CancellationToken cancellationToken)
    {
        if (AddressOf(Target.Value) is not { } address)
        {
            // Something before an @ may be a password.
            string shown = Target.Value.Contains('@', StringComparison.Ordinal) ? "it" : $"\"{Target.Value}\"";
            violations.Add(Target.Field, $"{shown} is not an address; write http://HOST:PORT, or https:// for TLS.", Target.Value.Length == 0 ? ViolationCode.Missing : ViolationCode.Invalid);
        }
        else if (address.UserInfo.Length > 0)
        {
            violations.Add(Target.Field, "it has a user or password in it; specs are stored and shown, so put the secret where token refers to.");
        }

        RequestSecrets.Check(Token, Headers, violations);
        Calls.Check(violations.At("calls"));
    }
}

/// <summary>A scorer of the user's own, over gRPC or HTTP.</summary>
public abstract record ScorerRewardConfig : RemoteRewardConfig
{
    /// <summary>Completions in one call, at most.</summary>
    [Setting(Min = 1, Max = 1024, Unit = "{completion}")]
    public int BatchSize { get; init; } = 16;

    /// <summary>The completions of a prompt are always in one call.</summary>
    [Setting]
    public bool WholeGroups { get; init; }

    /// <summary>Ends a segment of a completion, for scores per segment; null is none.</summary>
    [Setting]
    public string? SegmentDelimiter { get; init; }

    /// <summary>Every token is a segment; not together with <see cref="SegmentDelimiter"/>.</summary>
    [Setting]
    public bool SegmentPerToken { get; init; }

    internal override bool ScoresSegments => SegmentPerToken || SegmentDelimiter is not null;

    internal override IReward Create(RewardSetup setup)
    {
        RequestSecrets secrets = RequestSecrets.Read(Token, Headers, setup.Remote.Secrets);
        return new RemoteReward(Name, Calls, [CreateScorer(new ScorerTarget(Name, new Uri(Target.Value), BatchSize, Calls), secrets, setup.Remote.Network)], setup.Remote, new RemoteRewardOptions
        {
            WholeGroups = WholeGroups,
            Segments = this switch
            {
                { SegmentPerToken: true } => new EveryTokenSegmentFinder(setup.SegmentTokenizer),
                { SegmentDelimiter: string delimiter } => new DelimiterSegmentFinder(setup.SegmentTokenizer, delimiter),
                _ => null,
            },
        });
    }

    private protected abstract IScorer CreateScorer(ScorerTarget target, RequestSecrets secrets, NetworkPolicy network);

    internal override void Check(FieldViolations violations, IReadOnlyList<RewardConfig> all, CancellationToken cancellationToken)
    {
        base.Check(violations, all, cancellationToken);
        if (this is { SegmentPerToken: true, SegmentDelimiter: { } delimiter })
        {
            violations.Add("segment_per_token", $"it is true, but segment_delimiter is \"{delimiter}\"; leave one of the two out.", ViolationCode.Conflict);
        }
    }
}

/// <summary>A scorer that implements align.reward.v1.RewardScorer.</summary>
public sealed record GrpcRewardConfig : ScorerRewardConfig
{
    /// <summary>http://host:port or https://host:port.</summary>
    [Setting]
    public required string Address { get; init; }

    internal override (string Field, string Value) Target => ("address", Address);

    private protected override IScorer CreateScorer(ScorerTarget target, RequestSecrets secrets, NetworkPolicy network) => new GrpcScorer(target, secrets, network);

    internal override void Check(FieldViolations violations, IReadOnlyList<RewardConfig> all, CancellationToken cancellationToken)
    {
        base.Check(violations, all, cancellationToken);
        if (AddressOf(Address) is { UserInfo.Length: 0, PathAndQuery: not "/" } address)
        {
            violations.Add("address", $"\"{Address}\" has a path; a gRPC service is found by its name, so write {address.GetLeftPart(UriPartial.Authority)}.");
        }
    }
}

/// <summary>A scorer that answers a POST with JSON.</summary>
public sealed record HttpRewardConfig : ScorerRewardConfig
{
    /// <summary>Where to post to.</summary>
    [Setting]
    public required string Url { get; init; }

    internal override (string Field, string Value) Target => ("url", Url);

    private protected override IScorer CreateScorer(ScorerTarget target, RequestSecrets secrets, NetworkPolicy network) => new HttpScorer(target, secrets, network);
}
