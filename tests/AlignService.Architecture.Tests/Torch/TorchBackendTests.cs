using System.Diagnostics;
using System.Text.Json;
using AlignService.Testing;
using Xunit;

namespace AlignService.Architecture.Tests.Torch;

/// <summary>What -p:TorchBackend resolves to. The CUDA packages have gigabytes and need not be restorable here, so the project is only evaluated.</summary>
public sealed class TorchBackendTests
{
    private const string CpuPackage = "libtorch-cpu-linux-x64";
    private const string CudaPackage = "TorchSharp-cuda-linux";

    [Fact]
    public async Task Default_IsTheCpuPackage()
    {
        IReadOnlyList<string> packages = await PackagesAsync();
        Assert.Contains(CpuPackage, packages);
        Assert.DoesNotContain(CudaPackage, packages);
    }

    [Fact]
    public async Task Cuda_IsTheCudaPackageAlone()
    {
        IReadOnlyList<string> packages = await PackagesAsync("-p:TorchBackend=cuda");
        Assert.Contains(CudaPackage, packages);
        Assert.DoesNotContain(CpuPackage, packages);
    }

    [Fact]
    public async Task Cuda_LaysTheShimAndNoCpuLibrary()
    {
        using JsonDocument items = await EvaluateAsync("src/AlignService.Cli", "-getItem:TorchLibrary", "-p:TorchBackend=cuda");
        Assert.Equal([TorchPackages.ShimName], Identities(items, "TorchLibrary").Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public async Task Cuda_KeepsItsOwnLockFile()
    {
        using JsonDocument cpu = await EvaluateAsync("src/AlignService.Model", "-getProperty:NuGetLockFilePath", "-getProperty:TorchBackend");
        using JsonDocument cuda = await EvaluateAsync("src/AlignService.Model", "-getProperty:NuGetLockFilePath", "-getProperty:TorchBackend", "-p:TorchBackend=cuda");
        Assert.Equal("", LockFile(cpu));
        Assert.EndsWith("obj/packages.cuda.lock.json", LockFile(cuda), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownBackend_IsAnErrorThatListsTheKnown()
    {
        (int exitCode, string output) = await MsBuildAsync("src/AlignService.Model", "-t:CheckTorchBackend", "-p:TorchBackend=metal");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("TorchBackend is 'metal'; it must be cpu or cuda.", output, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<string>> PackagesAsync(params string[] properties)
    {
        using JsonDocument items = await EvaluateAsync("src/AlignService.Model", ["-getItem:PackageReference", .. properties]);
        return Identities(items, "PackageReference");
    }

    private static IReadOnlyList<string> Identities(JsonDocument items, string item) =>
        [.. items.RootElement.GetProperty("Items").GetProperty(item).EnumerateArray().Select(element => element.GetProperty("Identity").GetString()!)];

    private static string? LockFile(JsonDocument document) =>
        document.RootElement.GetProperty("Properties").GetProperty("NuGetLockFilePath").GetString();

    private static async Task<JsonDocument> EvaluateAsync(string project, params string[] arguments)
    {
        (int exitCode, string output) = await MsBuildAsync(project, arguments);
        Assert.True(exitCode == 0, output);
        return JsonDocument.Parse(output);
    }

    private static async Task<(int ExitCode, string Output)> MsBuildAsync(string project, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", ["msbuild", project, "-nodeReuse:false", .. arguments])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Repository.Root,
        };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output);
    }
}
