using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Answers;
using AlignService.Specs.Rewards.Forms;
using AlignService.Specs.Rewards.Scripts;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Rules about a completion's text and scripts, both ways.</summary>
internal static class TextRewardMapper
{
    /// <summary>Null where the kind is none of these.</summary>
    public static RewardConfig? Read(Wire.RewardSource wire) => wire.KindCase switch
    {
        Wire.RewardSource.KindOneofCase.ExactMatch => ReadExactMatch(wire),
        Wire.RewardSource.KindOneofCase.RegularExpression => new RegularExpressionConfig
        {
            Name = wire.Name,
            Pattern = wire.RegularExpression.Pattern,
            FullMatch = wire.RegularExpression.FullMatch,
        },
        Wire.RewardSource.KindOneofCase.NumberMatch => ReadNumberMatch(wire),
        Wire.RewardSource.KindOneofCase.Choice => ReadChoice(wire),
        Wire.RewardSource.KindOneofCase.Json => new JsonConfig
        {
            Name = wire.Name,
            Schema = wire.Json.Schema.Length == 0 ? null : wire.Json.Schema,
            AllowCodeFence = wire.Json.AllowCodeFence,
        },
        Wire.RewardSource.KindOneofCase.ThinkFormat => ReadThinkFormat(wire),
        Wire.RewardSource.KindOneofCase.JavaScript => new JavaScriptConfig
        {
            Name = wire.Name,
            Script = wire.JavaScript.Script,
            StepDelimiter = wire.JavaScript.StepDelimiter.Length == 0 ? null : wire.JavaScript.StepDelimiter,
            StepPerToken = wire.JavaScript.StepPerToken,
        },
        _ => null,
    };

    /// <summary>False where the kind is none of these.</summary>
    public static bool Write(RewardConfig reward, Wire.RewardSource wire)
    {
        switch (reward)
        {
            case ExactMatchConfig match:
                wire.ExactMatch = new Wire.ExactMatchReward { Trim = match.Trim, IgnoreCase = match.IgnoreCase };
                return true;
            case RegularExpressionConfig expression:
                wire.RegularExpression = new Wire.RegularExpressionReward { Pattern = expression.Pattern, FullMatch = expression.FullMatch };
                return true;
            case NumberMatchConfig number:
                wire.NumberMatch = new Wire.NumberMatchReward { Tolerance = number.Tolerance };
                return true;
            case ChoiceConfig choice:
                wire.Choice = new Wire.ChoiceReward { Options = { choice.Options } };
                return true;
            case JsonConfig json:
                wire.Json = new Wire.JsonReward { Schema = json.Schema ?? "", AllowCodeFence = json.AllowCodeFence };
                return true;
            case ThinkFormatConfig think:
                wire.ThinkFormat = new Wire.ThinkFormatReward { Tag = think.Tag, OpenedByPrompt = think.OpenedByPrompt };
                return true;
            case JavaScriptConfig script:
                wire.JavaScript = new Wire.JavaScriptReward { Script = script.Script, StepDelimiter = script.StepDelimiter ?? "", StepPerToken = script.StepPerToken };
                return true;
            default:
                return false;
        }
    }

    private static ExactMatchConfig ReadExactMatch(Wire.RewardSource wire)
    {
        var defaults = new ExactMatchConfig { Name = wire.Name };
        return defaults with
        {
            Trim = wire.ExactMatch.HasTrim ? wire.ExactMatch.Trim : defaults.Trim,
            IgnoreCase = wire.ExactMatch.HasIgnoreCase ? wire.ExactMatch.IgnoreCase : defaults.IgnoreCase,
        };
    }

    private static NumberMatchConfig ReadNumberMatch(Wire.RewardSource wire)
    {
        var defaults = new NumberMatchConfig { Name = wire.Name };
        return wire.NumberMatch.HasTolerance ? defaults with { Tolerance = wire.NumberMatch.Tolerance } : defaults;
    }

    private static ChoiceConfig ReadChoice(Wire.RewardSource wire)
    {
        var defaults = new ChoiceConfig { Name = wire.Name };
        return wire.Choice.Options.Count > 0 ? defaults with { Options = [.. wire.Choice.Options] } : defaults;
    }

    private static ThinkFormatConfig ReadThinkFormat(Wire.RewardSource wire)
    {
        var defaults = new ThinkFormatConfig { Name = wire.Name };
        return defaults with
        {
            Tag = wire.ThinkFormat.Tag.Length > 0 ? wire.ThinkFormat.Tag : defaults.Tag,
            OpenedByPrompt = wire.ThinkFormat.HasOpenedByPrompt ? wire.ThinkFormat.OpenedByPrompt : defaults.OpenedByPrompt,
        };
    }
}
