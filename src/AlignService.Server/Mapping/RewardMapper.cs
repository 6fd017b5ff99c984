using AlignService.Specs.Rewards;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Reward sources, both ways.</summary>
internal static class RewardMapper
{
    /// <summary>Every kind that the wire has, as a spec names it.</summary>
    public static string KindNames { get; } = string.Join(", ", Wire.RewardSource.Descriptor.Oneofs.Single(oneof => oneof.Name == "kind").Fields.Select(field => field.Name));

    /// <summary>Null, after noting the fault, where the wire names no kind.</summary>
    public static RewardConfig? Read(Wire.RewardSource wire, SpecReader reader)
    {
        RewardConfig? reward = ModelRewardMapper.Read(wire, reader) ?? TextRewardMapper.Read(wire) ?? TokenRewardMapper.Read(wire);
        if (reward is null)
        {
            reader.Fault("kind", $"no kind of reward is set; set one of {KindNames}.");
            return null;
        }

        return wire.HasWeight ? reward with { Weight = wire.Weight } : reward;
    }

    public static Wire.RewardSource Write(RewardConfig reward)
    {
        var wire = new Wire.RewardSource { Name = reward.Name, Weight = reward.Weight };
        return ModelRewardMapper.Write(reward, wire) || TextRewardMapper.Write(reward, wire) || TokenRewardMapper.Write(reward, wire)
            ? wire
            : throw new InvalidOperationException($"The wire has no reward of type {reward.GetType().Name}.");
    }
}
