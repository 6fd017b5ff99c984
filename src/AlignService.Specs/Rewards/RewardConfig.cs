using System.Text.Json.Serialization;
using AlignService.Specs.Rewards.Answers;
using AlignService.Specs.Rewards.Forms;
using AlignService.Specs.Rewards.Lengths;
using AlignService.Specs.Rewards.Models;
using AlignService.Specs.Rewards.Scripts;

namespace AlignService.Specs.Rewards;

/// <summary>One source of reward, by name and weight.</summary>
[JsonDerivedType(typeof(RewardModelConfig), "reward_model")]
[JsonDerivedType(typeof(ExactMatchConfig), "exact_match")]
[JsonDerivedType(typeof(RegularExpressionConfig), "regular_expression")]
[JsonDerivedType(typeof(NumberMatchConfig), "number_match")]
[JsonDerivedType(typeof(LengthConfig), "length")]
[JsonDerivedType(typeof(ChoiceConfig), "choice")]
[JsonDerivedType(typeof(JsonConfig), "json")]
[JsonDerivedType(typeof(ThinkFormatConfig), "think_format")]
[JsonDerivedType(typeof(CosineLengthConfig), "cosine_length")]
[JsonDerivedType(typeof(OverlongConfig), "overlong")]
[JsonDerivedType(typeof(RepetitionConfig), "repetition")]
[JsonDerivedType(typeof(JavaScriptConfig), "java_script")]
[JsonDerivedType(typeof(ProcessRewardModelConfig), "process_reward_model")]
public abstract record RewardConfig
{
    /// <summary>Unique within the job; names its metrics.</summary>
    public required string Name { get; init; }

    /// <summary>Factor of its score.</summary>
    public double Weight { get; init; } = 1;
}
