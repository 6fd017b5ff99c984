using AlignService.Jobs.Events;
using AlignService.Jobs.Rollouts;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Guardian;
using AlignService.Specs.Rewards.Remote;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Jobs.Runs;

/// <summary>
/// One job's training, as the worker drives it. All calls come from one thread, the device's own; none is asynchronous, because tensor scopes are per thread.
/// </summary>
public interface ITrainingRun : IDisposable
{
    int TotalSteps { get; }

    /// <summary>Steps done, those before a resume included.</summary>
    int CompletedSteps { get; }

    /// <summary>Whether the run is as its last completed step left it, so that it can be saved; false after a step that was cancelled in the middle of its update.</summary>
    bool IsBetweenSteps { get; }

    /// <summary>Loads models and data, and the trainer's state from <paramref name="checkpointDirectory"/> where it is given.</summary>
    /// <exception cref="AlignService.AlignException">Something that the user provided cannot be used.</exception>
    void Prepare(string? checkpointDirectory, CancellationToken cancellationToken);

    /// <summary>Before the first step: what only waits, for a reward outside the worker, ends when the token is cancelled. Everything else ends its step first.</summary>
    /// <param name="pausing">Cancelled while a user wants the job to pause; another one where the pause was withdrawn.</param>
    void HeedPause(Func<CancellationToken> pausing)
    {
    }

    /// <summary>Evaluates the current weights on the held-out data; null where the job has none.</summary>
    /// <exception cref="ScoringPausedException">It cannot go on now.</exception>
    RunReport? Evaluate(CancellationToken cancellationToken);

    /// <summary>One step: roll out, score, estimate advantages, update. Cancelled before it has changed any weight, it leaves no trace.</summary>
    /// <exception cref="ScoringPausedException">It cannot go on now, and has left no trace.</exception>
    RunReport RunStep(CancellationToken cancellationToken);

    /// <summary>Writes weights in Hugging Face form and the trainer's state into an empty directory.</summary>
    /// <returns>Messages for the user: what the weights' number format lost.</returns>
    IReadOnlyList<LogMessage> SaveCheckpoint(string directory);
}

/// <summary>Creates the run for a job's kind.</summary>
public interface ITrainingRunFactory
{
    /// <summary>Rises as long as a run does anything; read from another thread than the run's, to notice that it hangs.</summary>
    long Heartbeat { get; }

    ITrainingRun Create(Job job);
}

/// <summary>What jobs may reach from this machine: an operator's decision.</summary>
/// <param name="Files">Data files.</param>
public sealed record RunAccess(FilePolicy Files)
{
    /// <summary>Secrets of rewards.</summary>
    public SecretPolicy Secrets { get; init; } = SecretPolicy.Default;

    /// <summary>Addresses of rewards.</summary>
    public NetworkPolicy Network { get; init; } = NetworkPolicy.Default;

    /// <summary>Holds a folder for each job; null: what a run keeps there is forgotten with it.</summary>
    public string? JobsFolder { get; init; }
}

/// <summary>What a step or an evaluation reports.</summary>
public sealed record RunReport
{
    /// <summary>By the names of docs/metrics.md.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    public IReadOnlyList<SampleCompletion> Samples { get; init; } = [];

    /// <summary>The completions of a step that are kept; null where it keeps none.</summary>
    public StepRollouts? Rollouts { get; init; }

    public IReadOnlyList<LogMessage> Messages { get; init; } = [];

    /// <summary>What the guardian found in a step.</summary>
    public IReadOnlyList<GuardianFinding> Findings { get; init; } = [];

    /// <summary>The job may later roll back from this step; avoid a checkpoint of it where there is a choice.</summary>
    public bool IsSuspect { get; init; }

    /// <summary>An evaluation's mean reward; decides which checkpoint is best.</summary>
    public double? Score { get; init; }
}

/// <summary>A job of a kind that this program cannot run.</summary>
public sealed class UnknownJobKindException(string message) : AlignException(message);
