using AlignService.Model.Decoding;
using AlignService.Specs.PolicyOptimization;
using AlignService.Text.Tokenization;

namespace AlignService.Model.Sampling;

/// <summary>One prompt, and the number of completions.</summary>
/// <param name="PromptIndex">Part of the key of the prompt's random streams; 0 or more.</param>
/// <param name="PromptIds">Token ids, including special tokens; at least one.</param>
/// <param name="SampleCount">Number of completions (G); 1 or more.</param>
public sealed record SamplingRequest(int PromptIndex, IReadOnlyList<int> PromptIds, int SampleCount);

/// <summary>What all completions of one call have in common.</summary>
internal sealed record SamplingTask(SamplingConfig Config, SamplingKey Key, Tokenizer Tokenizer, IReadOnlySet<int> EndTokenIds)
{
    /// <summary>Receives a completion's text as it is sampled, whole characters only; for a single completion.</summary>
    public Action<string>? OnText { get; init; }
}

/// <summary>What fits the model's context and the machine's memory.</summary>
internal sealed class SamplingLimits(IDecodingEngine engine, SamplingConfig config)
{
    /// <summary>More rows than this are not faster.</summary>
    public const int LargestRowCount = 256;

    /// <summary>Share of memory that rows may take: the model, its gradients and optimizer need the rest.</summary>
    private const double MemoryShare = 1.0 / 8;

    /// <summary>Bytes that rows may take together.</summary>
    public static double MemoryBudget => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * MemoryShare;

    public void Check(IReadOnlyList<SamplingRequest> requests)
    {
        if (config.MaxCompletionLength < 1)
        {
            throw new SamplingException($"max_completion_length is {config.MaxCompletionLength}; it must be at least 1.");
        }

        foreach (SamplingRequest request in requests)
        {
            Check(request);
        }
    }

    /// <summary>Rows that fit in memory beside the model.</summary>
    public int SuggestedRowCount()
    {
        long rowBytes = (engine.CacheBytesPerPosition * config.MaxCompletionLength) + ((long)engine.VocabularySize * sizeof(float));
        return (int)Math.Clamp(MemoryBudget / rowBytes, 1, LargestRowCount);
    }

    private void Check(SamplingRequest request)
    {
        int length = request.PromptIds.Count;
        if (length == 0)
        {
            throw new SamplingException($"Prompt {request.PromptIndex} has no tokens; a completion needs at least one to continue from, such as the begin-of-text token.");
        }

        if (length + config.MaxCompletionLength > engine.ContextLength)
        {
            throw new SamplingException(
                $"Prompt {request.PromptIndex} has {length} tokens and its completion up to {config.MaxCompletionLength}: together more than the model's context of {engine.ContextLength}. " +
                $"Shorten the prompt or set max_completion_length to {Math.Max(1, engine.ContextLength - length)} or less.");
        }

        foreach (int id in request.PromptIds)
        {
            if (id < 0 || id >= engine.VocabularySize)
            {
                throw new SamplingException($"Prompt {request.PromptIndex} has the token id {id}, but the model's highest id is {engine.VocabularySize - 1}; is this the model's own tokenizer?");
            }
        }
    }
}

/// <summary>A request that cannot be sampled, or logits from which no token can be chosen.</summary>
public sealed class SamplingException(string message) : AlignException(message);
