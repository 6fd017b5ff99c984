using AlignService.Model.Architecture;
using AlignService.Model.Decoding;
using AlignService.Model.Decoding.Simd;
using AlignService.Model.Decoding.Torch;
using AlignService.Specs.PolicyOptimization;
using AlignService.Text.Tokenization;

namespace AlignService.Model.Sampling;

/// <summary>
/// Samples completions of prompts. Each completion has its own random stream and does not depend on what is sampled with it: exactly
/// so with <see cref="Decoding.Simd.SimdDecodingEngine"/>, within libtorch's rounding with <see cref="Decoding.Torch.TorchDecodingEngine"/>. One call at a time.
/// </summary>
public sealed class CompletionSampler : IDisposable
{
    private readonly IDecodingEngine _engine;
    private readonly Tokenizer _tokenizer;
    private readonly IReadOnlySet<int> _endTokenIds;

    /// <summary>With the engine that suits the model and its device; every call uses the model's current weights.</summary>
    public CompletionSampler(Transformer model, Tokenizer tokenizer)
        : this(DecodingEngines.For(model), tokenizer)
    {
    }

    /// <param name="engine">Disposed with the sampler.</param>
    /// <param name="tokenizer">The model's.</param>
    internal CompletionSampler(IDecodingEngine engine, Tokenizer tokenizer)
    {
        (_engine, _tokenizer) = (engine, tokenizer);
        _endTokenIds = EndTokens.Of(engine, tokenizer);
    }

    /// <summary>The ids that end a completion: all of the model's and the tokenizer's.</summary>
    public IReadOnlySet<int> EndTokenIds => _endTokenIds;

    /// <param name="requests">The prompts.</param>
    /// <param name="config">How tokens are chosen and when a completion ends.</param>
    /// <param name="key">Key of the random streams.</param>
    /// <param name="maxRows">Completions sampled at once; null: chosen from memory. Any number gives the same completions.</param>
    /// <param name="cancellationToken">Checked once per token.</param>
    /// <returns>Each request's completions, in the order of requests and samples.</returns>
    /// <exception cref="SamplingException">A request cannot be sampled; nothing was sampled.</exception>
    public IReadOnlyList<IReadOnlyList<Completion>> Sample(
        IReadOnlyList<SamplingRequest> requests, SamplingConfig config, SamplingKey key, int? maxRows, CancellationToken cancellationToken)
    {
        var limits = new SamplingLimits(_engine, config);
        limits.Check(requests);
        _engine.Refresh();
        var task = new SamplingTask(config, key, _tokenizer, _endTokenIds);
        using var run = new SamplingRun(_engine, task, requests, maxRows ?? limits.SuggestedRowCount());
        return run.Sample(cancellationToken);
    }

    /// <summary>Samples one completion and streams its text: whole characters, and nothing of a stop string.</summary>
    /// <param name="request">One prompt; its sample count must be 1.</param>
    /// <param name="config">How tokens are chosen and when the completion ends.</param>
    /// <param name="key">Key of the random stream.</param>
    /// <param name="onText">Receives the pieces of the completion's text.</param>
    /// <param name="cancellationToken">Checked once per token.</param>
    /// <exception cref="SamplingException">The request cannot be sampled.</exception>
    public Completion Stream(SamplingRequest request, SamplingConfig config, SamplingKey key, Action<string> onText, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(request.SampleCount, 1);
        new SamplingLimits(_engine, config).Check([request]);
        _engine.Refresh();
        var task = new SamplingTask(config, key, _tokenizer, _endTokenIds) { OnText = onText };
        using var run = new SamplingRun(_engine, task, [request], maxRows: 1);
        return run.Sample(cancellationToken)[0][0];
    }

    public void Dispose() => _engine.Dispose();
}

/// <summary>The engine for a model.</summary>
internal static class DecodingEngines
{
    /// <summary>The fastest engine that can decode the model on its device; the model is borrowed.</summary>
    public static IDecodingEngine For(Transformer model) =>
        SimdDecodingEngine.Supports(model) ? new SimdDecodingEngine(model) : new TorchDecodingEngine(model);
}

/// <summary>The ids that end a completion.</summary>
internal static class EndTokens
{
    /// <summary>All of the model's and the tokenizer's.</summary>
    public static IReadOnlySet<int> Of(IDecodingEngine engine, Tokenizer tokenizer) => engine.EndTokenIds.Concat(tokenizer.EosId is int eosId ? [eosId] : []).ToHashSet();
}
