using AlignService.HuggingFace.Architecture;
using static TorchSharp.torch;

namespace AlignService.Model.Parameters;

/// <summary>
/// Starting values of a new model: matrices normal with the configuration's InitializerRange (those that write to the residual stream divided by sqrt(2 layers), as in GPT-2),
/// norms the identity, biases 0. The bits depend only on the seed and the parameter's name, not on a library or thread count.
/// </summary>
internal static class WeightInitializer
{
    /// <summary>Initializes every parameter of a new model.</summary>
    internal static void Fill(ParameterSet parameters, TransformerConfig config, IReadOnlyList<ParameterSpec> specs, ulong seed)
    {
        using var noGrad = no_grad();
        double residualRange = config.InitializerRange / Math.Sqrt(2.0 * config.Layers.Count);
        foreach (ParameterSpec spec in specs)
        {
            Tensor target = parameters.Exact(spec.Name);
            switch (spec.Kind)
            {
                case ParameterKind.NormWeight:
                    target.fill_(config.Norm == NormKind.RootMeanSquarePlusOne ? 0 : 1);
                    break;
                case ParameterKind.Bias:
                    target.zero_();
                    break;
                default:
                    Fill(target, new CounterNormal(seed, spec.Name), spec.Kind == ParameterKind.ResidualProjection ? residualRange : config.InitializerRange);
                    break;
            }
        }

        parameters.TakeMasters();
    }

    internal static void Fill(Tensor target, ICounterNumbers source, double range)
    {
        const int BlockSize = 1 << 20;
        long count = target.numel();
        using Tensor flat = target.view(-1);
        float[] block = new float[Math.Min(BlockSize, count)];
        for (long start = 0; start < count; start += BlockSize)
        {
            int length = (int)Math.Min(BlockSize, count - start);
            for (int i = 0; i < length; i++)
            {
                block[i] = (float)(source[start + i] * range);
            }

            using Tensor values = tensor(block.AsSpan(0, length).ToArray(), device: target.device);
            using Tensor part = flat.narrow(0, start, length);
            part.copy_(values);
        }
    }
}
