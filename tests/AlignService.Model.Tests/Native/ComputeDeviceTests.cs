using AlignService.Model.Native;
using TorchSharp;
using Xunit;

namespace AlignService.Model.Tests.Native;

public sealed class ComputeDeviceTests
{
    [Fact]
    public void Open_Cpu_IsTheCpu() => Assert.Equal(DeviceType.CPU, ComputeDevice.Open("cpu").Torch.type);

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:one")]
    [InlineData("")]
    public void Open_UnknownName_ListsTheKnown(string name)
    {
        DeviceException error = Assert.Throws<DeviceException>(() => ComputeDevice.Open(name));
        Assert.Contains($"\"{name}\"; known: cpu, cuda and cuda:N", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cuda")]
    [InlineData("cuda:0")]
    public void Open_CudaWhereThereIsNone_SaysSoAndLeavesTheCpuWorking(string name)
    {
        Assert.SkipWhen(torch.cuda.is_available(), "This machine has CUDA.");

        DeviceException error = Assert.Throws<DeviceException>(() => ComputeDevice.Open(name));

        Assert.Contains($"was given the device {name}, but its libtorch has no working CUDA", error.Message, StringComparison.Ordinal);
        Assert.Equal("device_unusable", error.Reason);
        using torch.Tensor sum = torch.ones(3).sum();
        Assert.Equal(3, sum.item<float>());
    }
}
