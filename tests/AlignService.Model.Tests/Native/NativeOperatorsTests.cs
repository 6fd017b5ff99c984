using AlignService.Model.Native;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Native;

public sealed class NativeOperatorsTests
{
    private const double Float32Rounding = 1e-6;

    [Fact]
    public void Attention_GroupedHeadsAndScale_EqualsExpandedFormula()
    {
        using var scope = NewDisposeScope();
        Tensor query = Ramp(2, 6, 5, 4), key = Ramp(2, 2, 5, 4).cos(), value = Ramp(2, 2, 5, 4).sin();

        Tensor got = NativeOperators.ScaledDotProductAttention(query, key, value, mask: null, causal: true, scale: 0.3);

        Tensor expanded = key.repeat_interleave(3, 1);
        Tensor scores = query.matmul(expanded.transpose(2, 3)) * 0.3;
        scores = scores.masked_fill(ones(5, 5, dtype: ScalarType.Bool).tril().logical_not(), double.NegativeInfinity);
        Tensor expected = nn.functional.softmax(scores, -1).matmul(value.repeat_interleave(3, 1));
        Assert.True((got - expected).abs().max().ToDouble() < Float32Rounding);
    }

    [Fact]
    public void Attention_ThroughTheDispatcher_CarriesGradient()
    {
        using var scope = NewDisposeScope();
        Tensor query = Ramp(1, 2, 3, 4).requires_grad_(), key = Ramp(1, 1, 3, 4).cos(), value = Ramp(1, 1, 3, 4).sin();
        NativeOperators.ScaledDotProductAttention(query, key, value, mask: null, causal: true, scale: null).sum().backward();
        Assert.True(query.grad!.abs().sum().ToDouble() > 0);
    }

    [Fact]
    public void ViewAs_Int16ToBFloat16_ReadsTheBits()
    {
        using Tensor bits = tensor(new short[] { 0x3f80, 0x4000, unchecked((short)0xbf80) });
        using Tensor view = NativeOperators.ViewAs(bits, ScalarType.BFloat16);
        using Tensor wide = view.to(ScalarType.Float32);
        Assert.Equal([1f, 2f, -1f], wide.data<float>().ToArray());
    }

    [Fact]
    public void RootMeanSquareNorm_IntegerListArgument_EqualsFormula()
    {
        using var scope = NewDisposeScope();
        Tensor x = Ramp(3, 8), weight = Ramp(8).cos();
        Tensor expected = x * (x.square().mean([-1], keepdim: true) + 0.1).rsqrt() * weight;
        Assert.True((NativeOperators.RootMeanSquareNorm(x, weight, 0.1) - expected).abs().max().ToDouble() < Float32Rounding);
    }

    [Fact]
    public void FusedAdamW_TwoSteps_EqualsFormula()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor[] parameters = [Ramp(7), Ramp(2, 3).cos()], gradients = [Ramp(7).sin(), Ramp(2, 3)];
        Tensor[] first = [zeros(7), zeros(2, 3)], second = [zeros(7), zeros(2, 3)];
        var rates = new AdamWRates(0.01, 0.8, 0.95, 0.1, 1e-6);
        double[] expected = parameters[0].data<float>().Select(value => (double)value).ToArray();
        double[] gradient = gradients[0].data<float>().Select(value => (double)value).ToArray();
        double[] m = new double[7], v = new double[7];

        for (int step = 1; step <= 2; step++)
        {
            FusedAdamW.Step(parameters, gradients, first, second, step, rates);
            for (int i = 0; i < 7; i++)
            {
                m[i] = (0.8 * m[i]) + (0.2 * gradient[i]);
                v[i] = (0.95 * v[i]) + (0.05 * gradient[i] * gradient[i]);
                double root = Math.Sqrt(v[i] / (1 - Math.Pow(0.95, step))) + 1e-6;
                expected[i] = (expected[i] * (1 - 0.001)) - (0.01 * m[i] / (1 - Math.Pow(0.8, step)) / root);
            }
        }

        float[] got = parameters[0].data<float>().ToArray();
        Assert.All(Enumerable.Range(0, 7), i => Assert.Equal(expected[i], got[i], 1e-6));
    }

    [Fact]
    public void Call_UnknownOperator_Throws()
    {
        using Tensor x = ones(2);
        NativeException error = Assert.Throws<NativeException>(() => NativeDispatcher.Call("aten::no_such_operator\0"u8, "\0"u8, x));
        Assert.Contains("aten::no_such_operator", error.Message, StringComparison.Ordinal);
    }

    private static Tensor Ramp(params long[] shape)
    {
        long count = shape.Aggregate(1L, (product, size) => product * size);
        return (arange(count, ScalarType.Float32) * 0.37).sin().reshape(shape);
    }
}
