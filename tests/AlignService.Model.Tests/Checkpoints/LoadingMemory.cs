using System.Diagnostics;
using System.Text.Json;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Testing;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Checkpoints;

/// <summary>What loading a checkpoint took, measured in a process of its own: this program again, with one test that runs only when it is asked for.</summary>
public sealed class LoadingMemory
{
    private const string CaseVariable = "ALIGN_TEST_LOADING_MEMORY";

    /// <summary>Bytes of the parameters as they are held.</summary>
    public required long WeightBytes { get; init; }

    public required MemoryGrowth Growth { get; init; }

    internal static async Task<LoadingMemory> MeasureAsync(string directory, bool heldNarrow, CancellationToken cancellationToken)
    {
        string small = GoldenFolder.CaseFolder("models", "llama-gqa"), result = Path.Combine(directory, $"held-narrow-{heldNarrow}.json");
        ProcessStartInfo start = new(Environment.ProcessPath!, ["-method", $"{typeof(Program).FullName}.{nameof(Program.Measure)}", "-explicit", "only", "-noColor"])
        {
            RedirectStandardOutput = true,
            // Several arenas reserve 64 MiB of addresses each, whether they are used or not.
            Environment = { [CaseVariable] = JsonSerializer.Serialize(new Case(small, directory, result, heldNarrow)), ["MALLOC_ARENA_MAX"] = "1" },
        };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(File.Exists(result), output);
        return JsonSerializer.Deserialize<LoadingMemory>(await File.ReadAllTextAsync(result, cancellationToken))!;
    }

    private sealed record Case(string Small, string Directory, string Result, bool HeldNarrow);

    /// <summary>What runs in the other process.</summary>
    public sealed class Program
    {
        [Fact(Explicit = true)]
        public void Measure()
        {
            Case measured = JsonSerializer.Deserialize<Case>(Environment.GetEnvironmentVariable(CaseVariable)!)!;
            var options = new LoadOptions { Trainable = false, HeldDtype = measured.HeldNarrow ? ScalarType.BFloat16 : null };
            using (HuggingFaceCheckpoint.LoadTransformer(measured.Small, options))
            using (Tensor warm = ones(1 << 20))
            using (warm.to(ScalarType.BFloat16))
            {
                // libtorch's threads and .NET's code for loading are there from now on.
            }

            (Transformer model, MemoryGrowth growth) = MemoryGrowth.During(() => HuggingFaceCheckpoint.LoadTransformer(measured.Directory, options));
            using (model)
            {
                long bytes = model.NamedParameters().Sum(entry => entry.Parameter.numel() * entry.Parameter.element_size());
                File.WriteAllText(measured.Result, JsonSerializer.Serialize(new LoadingMemory { WeightBytes = bytes, Growth = growth }));
            }
        }
    }
}
