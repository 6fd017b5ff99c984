using AlignService.Specs.Examples;
using AlignService.Specs.Rewards.Inputs;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Preferences;

/// <summary>Encodes preferences as token ids, for policies and for reward models.</summary>
public static class PairEncoder
{
    /// <summary>As a policy would have sampled them.</summary>
    public static Func<Preference, PreferencePair> ForPolicy(ExampleEncoder encoder) => preference =>
        new(encoder.Encode(preference.Prompt, preference.Chosen), encoder.Encode(preference.Prompt, preference.Rejected), preference.Margin);

    /// <summary>As a reward model reads them when it scores.</summary>
    /// <param name="tokenizer">The reward model's.</param>
    public static Func<Preference, PreferencePair> ForRewardModel(Tokenizer tokenizer)
    {
        RewardInput input = new(tokenizer);
        TokenSequence Row(Preference preference, string completion) => new(input.Encode(preference.Prompt, completion, truncated: false), []);
        return preference => new(Row(preference, preference.Chosen), Row(preference, preference.Rejected), preference.Margin);
    }
}
