namespace AlignService.Architecture.Tests.Torch;

/// <summary>Where the native libraries are that the build starts from.</summary>
internal static class TorchPackages
{
    public const string ShimName = "libLibTorchSharp.so";

    /// <summary>TorchSharp's shim as its package ships it.</summary>
    public static string Shim { get; } = Directory
        .GetFiles(Path.Combine(PackageRoot, "torchsharp"), ShimName, SearchOption.AllDirectories)
        .Single(path => path.Contains("linux-x64", StringComparison.Ordinal));

    public static string SystemLibrary { get; } =
        new[] { "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "/usr/lib64/libstdc++.so.6" }.First(File.Exists);

    private static string PackageRoot =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
}
