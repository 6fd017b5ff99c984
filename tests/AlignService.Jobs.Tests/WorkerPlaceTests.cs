using Xunit;

namespace AlignService.Jobs.Tests;

/// <summary>A device has one name on its host, however many processes count on from what they see.</summary>
public sealed class WorkerPlaceTests
{
    [Theory]
    [InlineData("cpu", null, "cpu")]
    [InlineData("cpu", "2,3", "cpu")]
    [InlineData("cuda", null, "cuda:0")]
    [InlineData("cuda", "5", "cuda:5")]
    [InlineData("cuda:1", null, "cuda:1")]
    [InlineData("cuda:1", "", "cuda:1")]
    [InlineData("cuda:1", "4, 6", "cuda:6")]
    [InlineData("cuda:2", "4,6", "cuda:2")] // does not exist; the worker will say so
    [InlineData("cuda:0", "GPU-8a5c0d2e", "cuda:GPU-8a5c0d2e")]
    public void OnHost_CountsAsTheHostDoes(string device, string? visible, string expected) => Assert.Equal(expected, CudaVisibility.OnHost(device, visible));

    /// <summary>A supervisor's second device is its worker's only one, and both mean the same.</summary>
    [Theory]
    [InlineData(null, "1")]
    [InlineData("4,6", "6")]
    public void Only_ShowsAWorkerTheDeviceOfItsSupervisor(string? visible, string expected)
    {
        Assert.Equal(expected, CudaVisibility.Only("cuda:1", visible));
        Assert.Equal(CudaVisibility.OnHost("cuda:1", visible), CudaVisibility.OnHost("cuda:0", CudaVisibility.Only("cuda:1", visible)));
        Assert.Null(CudaVisibility.Only("cpu", visible));
    }
}
