using AlignService.Architecture.Tests.Solution;
using Xunit;

namespace AlignService.Architecture.Tests.Torch;

/// <summary>What lies beside the program of a CPU build.</summary>
public sealed class TorchOutputTests
{
    // libtorch_cpu.so alone has 461 MB; the package's other libraries would more than double it.
    private const long OutputByteLimit = 520_000_000;

    internal static readonly string[] NativeLibraries =
        ["libLibTorchSharp.so", "libc10.so", "libe_sqlite3.so", "libgomp-98b21ff3.so.1", "libtorch.so", "libtorch_cpu.so"];

    [Fact]
    public void Output_HoldsTheShimFourLibrariesOfTorchAndSqlite()
    {
        IEnumerable<string> native = Directory.GetFiles(BuiltAssembly.ProgramFolder, "*.so*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(BuiltAssembly.ProgramFolder, file))
            .Order(StringComparer.Ordinal);
        Assert.Equal(NativeLibraries, native);
    }

    [Fact]
    public void Output_IsSmallerThanItsLimit()
    {
        long bytes = new DirectoryInfo(BuiltAssembly.ProgramFolder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        Assert.InRange(bytes, 1, OutputByteLimit);
    }
}
