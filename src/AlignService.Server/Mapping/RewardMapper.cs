using AlignService.Training.Rewards;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Reward sources, both ways.</summary>
internal static class RewardMapper
{
    /// <summary>Null, after noting the fault, where the wire names no kind.</summary>
    public static RewardConfig? Read(Wire.RewardSource wire, SpecReader reader)
    {
        RewardConfig? reward = wire.KindCase switch
        {
            Wire.RewardSource.KindOneofCase.RewardModel => new RewardModelConfig { Name = wire.Name, Model = reader.AbsolutePath(wire.RewardModel.Model) },
            Wire.RewardSource.KindOneofCase.ExactMatch => ReadExactMatch(wire),
            Wire.RewardSource.KindOneofCase.RegularExpression => new RegularExpressionConfig
            {
                Name = wire.Name,
                Pattern = wire.RegularExpression.Pattern,
                FullMatch = wire.RegularExpression.FullMatch,
            },
            Wire.RewardSource.KindOneofCase.NumberMatch => ReadNumberMatch(wire),
            Wire.RewardSource.KindOneofCase.Length => ReadLength(wire),
            _ => null,
        };
        if (reward is null)
        {
            reader.Fault("kind", "no kind of reward is set; set one of reward_model, exact_match, regular_expression, number_match, length.");
            return null;
        }

        return wire.HasWeight ? reward with { Weight = wire.Weight } : reward;
    }

    public static Wire.RewardSource Write(RewardConfig reward)
    {
        var wire = new Wire.RewardSource { Name = reward.Name, Weight = reward.Weight };
        switch (reward)
        {
            case RewardModelConfig model:
                wire.RewardModel = new Wire.RewardModelReward { Model = model.Model };
                break;
            case ExactMatchConfig match:
                wire.ExactMatch = new Wire.ExactMatchReward { Trim = match.Trim, IgnoreCase = match.IgnoreCase };
                break;
            case RegularExpressionConfig expression:
                wire.RegularExpression = new Wire.RegularExpressionReward { Pattern = expression.Pattern, FullMatch = expression.FullMatch };
                break;
            case NumberMatchConfig number:
                wire.NumberMatch = new Wire.NumberMatchReward { Tolerance = number.Tolerance };
                break;
            case LengthConfig length:
                wire.Length = WriteLength(length);
                break;
            default:
                throw new InvalidOperationException($"The wire has no reward of type {reward.GetType().Name}.");
        }

        return wire;
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

    private static LengthConfig ReadLength(Wire.RewardSource wire)
    {
        var defaults = new LengthConfig { Name = wire.Name };
        return defaults with
        {
            MaxTokens = wire.Length.HasMaxTokens ? wire.Length.MaxTokens : defaults.MaxTokens,
            AtZero = wire.Length.HasAtZero ? wire.Length.AtZero : defaults.AtZero,
            AtMax = wire.Length.HasAtMax ? wire.Length.AtMax : defaults.AtMax,
        };
    }

    private static Wire.LengthReward WriteLength(LengthConfig length)
    {
        var wire = new Wire.LengthReward { AtZero = length.AtZero, AtMax = length.AtMax };
        if (length.MaxTokens is { } tokens)
        {
            wire.MaxTokens = tokens;
        }

        return wire;
    }
}
