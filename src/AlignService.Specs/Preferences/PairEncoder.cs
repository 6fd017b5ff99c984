using AlignService.Specs.Examples;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards.Inputs;

namespace AlignService.Specs.Preferences;

/// <summary>Encodes preferences as token ids, for policies and for reward models.</summary>
public static class PairEncoder
{
    /// <summary>As a policy would have sampled them.</summary>
    public static Func<Preference, PreferencePair> ForPolicy(ExampleEncoder encoder) => preference =>
        new(encoder.Encode(preference.Prompt, preference.Chosen), encoder.Encode(preference.Prompt, preference.Rejected), preference.Margin);

    /// <summary>As a reward model reads them when it scores.</summary>
    /// <param name="rows">The reward model's tokenizer, and the rows of its embedding.</param>
    /// <param name="cancellationToken">Nobody waits for what is encoded any more.</param>
    public static Func<Preference, PreferencePair> ForRewardModel(EmbeddingRows rows, CancellationToken cancellationToken)
    {
        RewardInput input = new(rows, cancellationToken);
        TokenSequence Row(Preference preference, string completion) =>
            new(rows.Require(input.Encode(preference.Prompt, completion, truncated: false), $"Preference {preference.Prompt.Index}"), []);
        return preference => new(Row(preference, preference.Chosen), Row(preference, preference.Rejected), preference.Margin);
    }
}
