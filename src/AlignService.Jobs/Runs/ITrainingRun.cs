using AlignService.Jobs.Events;

namespace AlignService.Jobs.Runs;

/// <summary>
/// One job's training, as the worker drives it. All calls come from one thread, the device's own; none is asynchronous, because tensor scopes are per thread.
/// </summary>
public interface ITrainingRun : IDisposable
{
    int TotalSteps { get; }

    /// <summary>Steps done, those before a resume included.</summary>
    int CompletedSteps { get; }

    /// <summary>Loads models and data, and the trainer's state from <paramref name="checkpointDirectory"/> where it is given.</summary>
    /// <exception cref="AlignService.AlignException">Something that the user gave cannot be used.</exception>
    void Prepare(string? checkpointDirectory, CancellationToken cancellationToken);

    /// <summary>Answers the held-out prompts with the weights of now; null where the job has none.</summary>
    RunReport? Evaluate(CancellationToken cancellationToken);

    /// <summary>One step: roll out, score, compare, improve.</summary>
    RunReport RunStep(CancellationToken cancellationToken);

    /// <summary>Writes weights in Hugging Face form and the trainer's state into an empty directory.</summary>
    /// <returns>What a user should know about it: what the weights' number format lost.</returns>
    IReadOnlyList<LogMessage> SaveCheckpoint(string directory);
}
