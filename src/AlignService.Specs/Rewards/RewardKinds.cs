using AlignService.Specs.Binding;

namespace AlignService.Specs.Rewards;

/// <summary>Every kind of reward, by its field in RewardSource. A new kind needs its file, its message and a line here.</summary>
internal sealed class RewardKinds : IWireKinds
{
    public IReadOnlyDictionary<string, Type> Kinds { get; } = new OrderedDictionary<string, Type>
    {
        ["reward_model"] = typeof(RewardModelConfig),
        ["exact_match"] = typeof(ExactMatchConfig),
        ["regular_expression"] = typeof(RegularExpressionConfig),
        ["number_match"] = typeof(NumberMatchConfig),
        ["length"] = typeof(LengthConfig),
        ["choice"] = typeof(ChoiceConfig),
        ["json"] = typeof(JsonConfig),
        ["think_format"] = typeof(ThinkFormatConfig),
        ["cosine_length"] = typeof(CosineLengthConfig),
        ["overlong"] = typeof(OverlongConfig),
        ["repetition"] = typeof(RepetitionConfig),
        ["java_script"] = typeof(JavaScriptConfig),
        ["process_reward_model"] = typeof(ProcessRewardModelConfig),
    };

    public static string NameOf(RewardConfig reward) => new RewardKinds().Kinds.Single(kind => kind.Value == reward.GetType()).Key;
}
