namespace AlignService.Specs.Profiles;

/// <summary>Where a profile's values come from.</summary>
/// <param name="Title">What it is, in a few words.</param>
/// <param name="Sources">arXiv ids and other sources, the profile's own first.</param>
public sealed record ProfileOrigin(string Title, IReadOnlyList<string> Sources)
{
    public static ProfileOrigin Of(GrpoProfile profile) => profile switch
    {
        GrpoProfile.Grpo => new("DeepSeekMath's group-relative policy optimization", ["arXiv:2402.03300"]),
        GrpoProfile.Trl => new("the defaults of TRL's GRPO trainer", ["TRL 1.16", "arXiv:2402.03300", "arXiv:2503.14476"]),
        GrpoProfile.Dapo => new("DAPO: clip higher, dynamic sampling, token mean, soft overlong penalty", ["arXiv:2503.14476"]),
        GrpoProfile.DrGrpo => new("Dr. GRPO: no division by the group's deviation or the completion's length", ["arXiv:2503.20783"]),
        GrpoProfile.Gspo => new("GSPO: one ratio per sequence", ["arXiv:2507.18071"]),
        GrpoProfile.Cispo => new("CISPO (MiniMax-M1): the importance weight is clipped, so no token loses its gradient", ["arXiv:2506.13585"]),
        GrpoProfile.Rloo => new("REINFORCE with a leave-one-out baseline", ["arXiv:2402.14740"]),
        GrpoProfile.Ppo => new("PPO with a critic and generalized advantage estimation", ["arXiv:1707.06347", "arXiv:1506.02438", "arXiv:2203.02155"]),
        GrpoProfile.TrustRegion => new("TRPO's natural-gradient step under a bound on the KL, with group advantages", ["arXiv:1502.05477", "arXiv:2402.03300"]),
        _ => throw new ArgumentOutOfRangeException(nameof(profile), profile, "Not a profile."),
    };
}
