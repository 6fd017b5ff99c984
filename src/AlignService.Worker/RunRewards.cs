using AlignService.Specs.Rewards.Remote;

namespace AlignService.Worker;

/// <summary>What rewards outside the worker need, in runs of every kind that scores.</summary>
internal static class RunRewards
{
    /// <param name="scores">What they have answered in this job.</param>
    /// <param name="environment">Says what they may reach.</param>
    /// <param name="pausing">Cancelled while a user wants the job to pause.</param>
    public static RemoteSetup Remote(ScoreJournal scores, RunEnvironment environment, Func<CancellationToken> pausing) => new()
    {
        Journal = scores,
        Secrets = environment.Secrets,
        Network = environment.Network,
        Pausing = pausing,
        Time = environment.Time,
    };
}
