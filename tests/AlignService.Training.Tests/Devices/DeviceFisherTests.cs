using AlignService.Model.Checkpoints;
using AlignService.Model.Native;
using AlignService.Specs.Examples;
using AlignService.Testing;
using AlignService.Training.Batches;
using AlignService.Training.TrustRegion;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Devices;

/// <summary>Second derivatives on another device than the CPU; a whole natural-gradient step takes the lazy device minutes.</summary>
[Collection(LazyDevice.Collection)]
public sealed class DeviceFisherTests
{
    private const double Tolerance = 1e-4;

    [Fact]
    public void Multiply_OnAnotherDevice_GivesTheNumbersOfTheCpu() =>
        GoldenAssert.Close("tiny policy", "Fisher product", Product(ComputeDevice.Cpu), Product(LazyDevice.Open()), Tolerance);

    private static double[] Product(ComputeDevice device)
    {
        using var policy = HuggingFaceCheckpoint.CreateRandom(TinyPolicy.Config, seed: 1, new LoadOptions { Device = device.Torch });
        ParameterVector parameters = new([.. policy.NamedParameters().Select(entry => entry.Parameter)]);
        PolicyKl divergence = new(policy, parameters, MicroBatchPlan.For(policy, size: null), temperature: 0.8);
        TokenSequence[] rows = [new([1, 2, 3], [4, 5]), new([6], [7, 8, 9])];
        using FisherMatrix fisher = new(divergence, parameters, rows, TestContext.Current.CancellationToken);
        using Tensor vector = parameters.Read();
        LazyBackend.Run();
        using Tensor product = fisher.Multiply(vector);
        LazyBackend.Run();
        return [.. product.cpu().to(ScalarType.Float64).data<double>()];
    }
}
