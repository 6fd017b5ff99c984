using AlignService.Model.Decoding;
using AlignService.Specs.PolicyOptimization;

namespace AlignService.Model.Sampling;

/// <summary>What fits the model's context and the machine's memory.</summary>
internal sealed class SamplingLimits(IDecodingEngine engine, SamplingConfig config)
{
    /// <summary>More rows than this gain no speed.</summary>
    private const int LargestRowCount = 256;

    /// <summary>Share of the memory that rows may take: the model, its gradients and optimiser need the rest.</summary>
    private const double MemoryShare = 1.0 / 8;

    public void Check(IReadOnlyList<SamplingRequest> requests)
    {
        if (config.MaxCompletionLength < 1)
        {
            throw new SamplingException($"max_completion_length is {config.MaxCompletionLength}; a completion has at least 1 token.");
        }

        foreach (SamplingRequest request in requests)
        {
            Check(request);
        }
    }

    /// <summary>Rows that memory has room for beside the model.</summary>
    public int SuggestedRowCount()
    {
        long rowBytes = (engine.CacheBytesPerPosition * config.MaxCompletionLength) + ((long)engine.VocabularySize * sizeof(float));
        double budget = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * MemoryShare;
        return (int)Math.Clamp(budget / rowBytes, 1, LargestRowCount);
    }

    private void Check(SamplingRequest request)
    {
        int length = request.PromptIds.Count;
        if (length == 0)
        {
            throw new SamplingException($"Prompt {request.PromptIndex} has no tokens; a completion needs at least one to go on from, such as the begin-of-text token.");
        }

        if (length + config.MaxCompletionLength > engine.ContextLength)
        {
            throw new SamplingException(
                $"Prompt {request.PromptIndex} has {length} tokens and its completion may have {config.MaxCompletionLength}: together more than the model's context of {engine.ContextLength}. " +
                $"Shorten the prompt or set max_completion_length to {Math.Max(1, engine.ContextLength - length)} or less.");
        }

        foreach (int id in request.PromptIds)
        {
            if (id < 0 || id >= engine.VocabularySize)
            {
                throw new SamplingException($"Prompt {request.PromptIndex} holds the token id {id}, but the model's ids end at {engine.VocabularySize - 1}; is the tokenizer the model's own?");
            }
        }
    }
}

/// <summary>A request that cannot be sampled, or logits from which nothing can be chosen.</summary>
public sealed class SamplingException(string message) : AlignException(message);
