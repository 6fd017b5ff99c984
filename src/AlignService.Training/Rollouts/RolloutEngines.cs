using AlignService.Model.Sampling;
using AlignService.Specs.PolicyOptimization;

namespace AlignService.Training.Rollouts;

/// <summary>Samples completions from the current policy: an interface that allows other sampling engines.</summary>
public interface IRolloutEngine : IDisposable
{
    /// <summary>The completions of each request, in order.</summary>
    IReadOnlyList<IReadOnlyList<Completion>> Sample(IReadOnlyList<SamplingRequest> requests, SamplingConfig sampling, SamplingKey key, CancellationToken cancellationToken);
}

/// <summary>Samples in this process, from the weights that are being trained. Owns the sampler.</summary>
public sealed class SamplerRolloutEngine(CompletionSampler sampler) : IRolloutEngine
{
    public IReadOnlyList<IReadOnlyList<Completion>> Sample(IReadOnlyList<SamplingRequest> requests, SamplingConfig sampling, SamplingKey key, CancellationToken cancellationToken) =>
        sampler.Sample(requests, sampling, key, maxRows: null, cancellationToken);

    public void Dispose() => sampler.Dispose();
}
