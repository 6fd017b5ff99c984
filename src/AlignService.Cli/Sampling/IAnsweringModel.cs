using AlignService.Cli.Output;
using AlignService.Specs.Data;

namespace AlignService.Cli.Sampling;

/// <summary>A model that answers, in this process or on a server.</summary>
internal interface IAnsweringModel : IDisposable
{
    /// <param name="prompt">Text that is continued, or messages that are answered.</param>
    /// <param name="sampling">How.</param>
    /// <param name="onText">Receives the answer's text as it is sampled.</param>
    /// <param name="cancellationToken">Ends the answer before its next token.</param>
    /// <exception cref="AlignException">The model cannot answer this.</exception>
    /// <exception cref="CommandException">It cannot be asked.</exception>
    Task<ModelAnswer> AnswerAsync(Prompt prompt, SamplingChoice sampling, Action<string> onText, CancellationToken cancellationToken);
}

/// <summary>An answer.</summary>
/// <param name="Text">All of it.</param>
/// <param name="FinishReason">Why it ended: stop, stop_string or length.</param>
/// <param name="PromptTokenCount">Special tokens included.</param>
/// <param name="TokenIds">Sampled ones, the end token included.</param>
/// <param name="LogProbs">Of each, in nats.</param>
internal sealed record ModelAnswer(string Text, string FinishReason, int PromptTokenCount, IReadOnlyList<int> TokenIds, IReadOnlyList<float> LogProbs);
