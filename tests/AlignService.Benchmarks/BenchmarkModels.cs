using AlignService.Testing;

namespace AlignService.Benchmarks;

/// <summary>Models by name.</summary>
internal static class BenchmarkModels
{
    public const string Description = "smollm2, stories260k (both of the shared folder), or a Hugging Face directory";

    public static string Find(string name) => name switch
    {
        "smollm2" => SharedModels.SmolLm2(),
        "stories260k" => SharedModels.Stories260K(),
        _ when File.Exists(Path.Combine(name, "config.json")) => Path.GetFullPath(name),
        _ => throw new ArgumentException($"There is no model '{name}'; give {Description}."),
    };
}
