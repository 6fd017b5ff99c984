using System.CommandLine;

namespace AlignService.Cli.Commands;

/// <summary>`align reward`: rewards without a job.</summary>
internal sealed class RewardCommand : Command
{
    public RewardCommand()
        : base("reward", "Try a job's rewards before it costs anything") => Add(new RewardTryCommand());
}
