using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Models;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Reward sources that are models, both ways.</summary>
internal static class ModelRewardMapper
{
    /// <summary>Null where the kind is none of these.</summary>
    public static RewardConfig? Read(Wire.RewardSource wire, SpecReader reader) => wire.KindCase switch
    {
        Wire.RewardSource.KindOneofCase.RewardModel => new RewardModelConfig { Name = wire.Name, Model = reader.AbsolutePath(wire.RewardModel.Model) },
        Wire.RewardSource.KindOneofCase.ProcessRewardModel => ReadProcess(wire, reader),
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
            case ProcessRewardModelConfig process:
                wire.ProcessRewardModel = WriteProcess(process);
                return true;
            default:
                return false;
        }
    }

    private static ProcessRewardModelConfig ReadProcess(Wire.RewardSource wire, SpecReader reader)
    {
        Wire.ProcessRewardModelReward process = wire.ProcessRewardModel;
        var defaults = new ProcessRewardModelConfig { Name = wire.Name, Model = reader.AbsolutePath(process.Model) };
        return defaults with
        {
            StepDelimiter = process.StepDelimiter.Length > 0 ? process.StepDelimiter : defaults.StepDelimiter,
            StepTag = process.StepTag.Length > 0 ? process.StepTag : null,
            StepToken = process.HasStepToken ? process.StepToken : null,
        };
    }

    private static Wire.ProcessRewardModelReward WriteProcess(ProcessRewardModelConfig process)
    {
        var wire = new Wire.ProcessRewardModelReward { Model = process.Model, StepDelimiter = process.StepDelimiter, StepTag = process.StepTag ?? "" };
        if (process.StepToken is { } token)
        {
            wire.StepToken = token;
        }

        return wire;
    }
}
