using AlignService.Training.Rewards;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Reward sources that are models, both ways.</summary>
internal static class ModelRewardMapper
{
    /// <summary>Null where the kind is none of these.</summary>
    public static RewardConfig? Read(Wire.RewardSource wire, SpecReader reader) => wire.KindCase switch
    {
        Wire.RewardSource.KindOneofCase.RewardModel => new RewardModelConfig { Name = wire.Name, Model = reader.AbsolutePath(wire.RewardModel.Model) },
        _ => null,
    };

    /// <summary>False where the kind is none of these.</summary>
    public static bool Write(RewardConfig reward, Wire.RewardSource wire)
    {
        switch (reward)
        {
            case RewardModelConfig model:
                wire.RewardModel = new Wire.RewardModelReward { Model = model.Model };
                return true;
            default:
                return false;
        }
    }
}
