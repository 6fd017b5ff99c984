using System.Text;
using AlignService.Text.Tokenization;

namespace AlignService.Model.Sampling;

/// <summary>One sampled answer.</summary>
public sealed record Completion
{
    /// <summary>Index of the prompt, from the request.</summary>
    public required int PromptIndex { get; init; }

    /// <summary>Index in the group, from 0.</summary>
    public required int SampleIndex { get; init; }

    /// <summary>Sampled ids, including the end token, if any, and every token of a stop string.</summary>
    public required IReadOnlyList<int> TokenIds { get; init; }

    /// <summary>Log-prob of each token in nats, under softmax(logits / temperature) with full support; greedy: at temperature 1.</summary>
    public required IReadOnlyList<float> LogProbs { get; init; }

    /// <summary>The tokens' text without special tokens, cut before a stop string.</summary>
    public required string Text { get; init; }

    public required FinishReason FinishReason { get; init; }

    /// <summary>Mean over the tokens of the probability mass that top-k, top-p and min-p left; 1 where they are off.</summary>
    public required float MeanKeptMass { get; init; }
}

/// <summary>Why a completion ended.</summary>
public enum FinishReason
{
    /// <summary>An end token was sampled, even at the last position that the limit allows.</summary>
    Stop,

    /// <summary>The text contains a stop string.</summary>
    StopString,

    /// <summary>The limit of tokens was reached: the completion is truncated.</summary>
    Length,
}

/// <summary>The names of finish reasons, as in events and tables.</summary>
public static class FinishReasons
{
    public static string NameOf(FinishReason reason) => reason switch
    {
        FinishReason.Stop => "stop",
        FinishReason.StopString => "stop_string",
        FinishReason.Length => "length",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    /// <summary>Null for any other text.</summary>
    public static FinishReason? Parse(string? name) => Enum.GetValues<FinishReason>().Select(reason => (FinishReason?)reason).FirstOrDefault(reason => NameOf(reason!.Value) == name);
}

/// <summary>A completion being sampled.</summary>
internal sealed class CompletionBuilder
{
    /// <summary>Tokens of the prompt before the text: whether a leading space is shown depends on what precedes it.</summary>
    private const int ContextTokens = 4;

    private readonly SamplingTask _task;
    private readonly SamplingRequest _request;
    private readonly int _sampleIndex;
    private readonly RandomStream _random;
    private readonly StreamingDecoder _decoder;
    private readonly StopStringMatcher _stopStrings;
    private readonly HashSet<int>? _seenIds;
    private readonly List<int> _tokenIds = [];
    private readonly List<float> _logProbs = [];
    private readonly StringBuilder _text = new();
    private double _keptMass;

    public CompletionBuilder(SamplingTask task, SamplingRequest request, int sampleIndex)
    {
        (_task, _request, _sampleIndex) = (task, request, sampleIndex);
        _random = new RandomStream(task.Key, request.PromptIndex, sampleIndex);
        _stopStrings = new StopStringMatcher(task.Config.StopStrings);
        _seenIds = TokenSampler.NeedsSeenIds(task.Config) ? [.. request.PromptIds] : null;
        _decoder = task.Tokenizer.CreateDecoder(skipSpecialTokens: false);
        foreach (int id in request.PromptIds.Skip(request.PromptIds.Count - ContextTokens))
        {
            _decoder.Append(id);
        }
    }

    /// <summary>Null while it continues.</summary>
    public FinishReason? FinishReason { get; private set; }

    /// <summary>The token that was sampled last.</summary>
    public int LastTokenId => _tokenIds[^1];

    /// <summary>Nats.</summary>
    public float LastLogProb => _logProbs[^1];

    public int TokenCount => _tokenIds.Count;

    /// <summary>Samples one more token.</summary>
    /// <param name="sampler">The calling thread's own.</param>
    /// <param name="logits">[V] of the next token.</param>
    public void Extend(TokenSampler sampler, ReadOnlySpan<float> logits)
    {
        TokenSample sample = sampler.Sample(logits, _seenIds, _task.Config, _random.Uniform(_tokenIds.Count));
        _tokenIds.Add(sample.TokenId);
        _logProbs.Add(sample.LogProb);
        _keptMass += sample.KeptMass;
        _seenIds?.Add(sample.TokenId);

        if (!_task.Tokenizer.IsSpecial(sample.TokenId))
        {
            Show(_decoder.Append(sample.TokenId));
        }

        FinishReason = Finish(sample.TokenId);
    }

    public Completion Build() => new()
    {
        PromptIndex = _request.PromptIndex,
        SampleIndex = _sampleIndex,
        TokenIds = _tokenIds,
        LogProbs = _logProbs,
        Text = _text.ToString(),
        FinishReason = FinishReason!.Value, // built when it has ended
        MeanKeptMass = (float)(_keptMass / _tokenIds.Count),
    };

    private FinishReason? Finish(int tokenId)
    {
        bool isEnd = _task.EndTokenIds.Contains(tokenId);
        if (!_stopStrings.IsMatched && !isEnd && _tokenIds.Count < _task.Config.MaxCompletionLength)
        {
            return null;
        }

        Show(_decoder.Finish());
        if (_stopStrings.IsMatched)
        {
            return Sampling.FinishReason.StopString;
        }

        ShowChecked(_stopStrings.Flush());
        return isEnd ? Sampling.FinishReason.Stop : Sampling.FinishReason.Length;
    }

    private void Show(string piece) => ShowChecked(_stopStrings.Append(piece));

    private void ShowChecked(string text)
    {
        if (text.Length > 0)
        {
            _text.Append(text);
            _task.OnText?.Invoke(text);
        }
    }
}
