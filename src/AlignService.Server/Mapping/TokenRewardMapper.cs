using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Forms;
using AlignService.Specs.Rewards.Lengths;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Rules about a completion's tokens and their number, both ways.</summary>
internal static class TokenRewardMapper
{
    /// <summary>Null where the kind is none of these.</summary>
    public static RewardConfig? Read(Wire.RewardSource wire) => wire.KindCase switch
    {
        Wire.RewardSource.KindOneofCase.Length => ReadLength(wire),
        Wire.RewardSource.KindOneofCase.CosineLength => ReadCosineLength(wire),
        Wire.RewardSource.KindOneofCase.Overlong => new OverlongConfig
        {
            Name = wire.Name,
            MaxTokens = wire.Overlong.HasMaxTokens ? wire.Overlong.MaxTokens : null,
            Cache = wire.Overlong.HasCache ? wire.Overlong.Cache : null,
        },
        Wire.RewardSource.KindOneofCase.Repetition => ReadRepetition(wire),
        _ => null,
    };

    /// <summary>False where the kind is none of these.</summary>
    public static bool Write(RewardConfig reward, Wire.RewardSource wire)
    {
        switch (reward)
        {
            case LengthConfig length:
                wire.Length = WriteLength(length);
                return true;
            case CosineLengthConfig cosine:
                wire.CosineLength = WriteCosineLength(cosine);
                return true;
            case OverlongConfig overlong:
                wire.Overlong = WriteOverlong(overlong);
                return true;
            case RepetitionConfig repetition:
                wire.Repetition = new Wire.RepetitionReward { NgramSize = repetition.NgramSize, MaxPenalty = repetition.MaxPenalty };
                return true;
            default:
                return false;
        }
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

    private static CosineLengthConfig ReadCosineLength(Wire.RewardSource wire)
    {
        var defaults = new CosineLengthConfig { Name = wire.Name };
        Wire.CosineLengthReward cosine = wire.CosineLength;
        return defaults with
        {
            MaxTokens = cosine.HasMaxTokens ? cosine.MaxTokens : defaults.MaxTokens,
            MinValueWrong = cosine.HasMinValueWrong ? cosine.MinValueWrong : defaults.MinValueWrong,
            MaxValueWrong = cosine.HasMaxValueWrong ? cosine.MaxValueWrong : defaults.MaxValueWrong,
            MinValueCorrect = cosine.HasMinValueCorrect ? cosine.MinValueCorrect : defaults.MinValueCorrect,
            MaxValueCorrect = cosine.HasMaxValueCorrect ? cosine.MaxValueCorrect : defaults.MaxValueCorrect,
            CorrectSource = cosine.CorrectSource.Length > 0 ? cosine.CorrectSource : null,
            CorrectFrom = cosine.HasCorrectFrom ? cosine.CorrectFrom : defaults.CorrectFrom,
        };
    }

    private static RepetitionConfig ReadRepetition(Wire.RewardSource wire)
    {
        var defaults = new RepetitionConfig { Name = wire.Name };
        return defaults with
        {
            NgramSize = wire.Repetition.HasNgramSize ? wire.Repetition.NgramSize : defaults.NgramSize,
            MaxPenalty = wire.Repetition.HasMaxPenalty ? wire.Repetition.MaxPenalty : defaults.MaxPenalty,
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

    private static Wire.CosineLengthReward WriteCosineLength(CosineLengthConfig cosine)
    {
        var wire = new Wire.CosineLengthReward
        {
            MinValueWrong = cosine.MinValueWrong,
            MaxValueWrong = cosine.MaxValueWrong,
            MinValueCorrect = cosine.MinValueCorrect,
            MaxValueCorrect = cosine.MaxValueCorrect,
            CorrectSource = cosine.CorrectSource ?? "",
            CorrectFrom = cosine.CorrectFrom,
        };
        if (cosine.MaxTokens is { } tokens)
        {
            wire.MaxTokens = tokens;
        }

        return wire;
    }

    private static Wire.OverlongReward WriteOverlong(OverlongConfig overlong)
    {
        var wire = new Wire.OverlongReward();
        if (overlong.MaxTokens is { } tokens)
        {
            wire.MaxTokens = tokens;
        }

        if (overlong.Cache is { } cache)
        {
            wire.Cache = cache;
        }

        return wire;
    }
}
