using AlignService.HuggingFace.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Parameters;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Tests.Adapters;

/// <summary>Adapters that change something: a new one's B is zero.</summary>
internal static class RandomAdapter
{
    private const double Size = 0.1;

    internal static LowRankAdapter Over(Transformer model, AdapterConfig config, ulong seed = 1)
    {
        LowRankAdapter adapter = LowRankAdapter.Create(model, config, seed);
        Shake(adapter, seed);
        return adapter;
    }

    /// <summary>Adds random numbers to all tensors but A.</summary>
    internal static void Shake(LowRankAdapter adapter, ulong seed)
    {
        using var noGrad = no_grad();
        foreach ((string name, Parameter parameter) in adapter.NamedParameters().Where(entry => !entry.Name.EndsWith("lora_A.weight", StringComparison.Ordinal)))
        {
            using Tensor noise = zeros_like(parameter, requires_grad: false);
            WeightInitializer.Fill(noise, new CounterUniform(seed, name), Size);
            parameter.add_(noise);
        }
    }
}
