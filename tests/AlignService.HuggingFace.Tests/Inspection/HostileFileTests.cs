using System.Text;
using AlignService.HuggingFace.Inspection;
using AlignService.Testing;
using Xunit;

namespace AlignService.HuggingFace.Tests.Inspection;

/// <summary>Thousands of damaged files of every kind in a model's directory: each is read or refused with the one exception, and none takes memory. The header alone and tokenizer.json have thousands of their own elsewhere.</summary>
public sealed class HostileFileTests
{
    /// <summary>What reading a damaged directory may allocate: its files of some kilobytes, the layout of at most 4096 blocks, a message of a thousand faults.</summary>
    private const long MostAllocated = 40_000_000;

    private const int Seed = 3;

    public static TheoryData<string> Models => GoldenFolder.Rows("models");

    [Theory]
    [MemberData(nameof(Models))]
    public void Inspect_MutatedConfiguration_NeverFailsOtherwise(string caseName) => Fuzz(GoldenFolder.CaseFolder("models", caseName), "config.json", 300);

    [Fact]
    public void Inspect_MutatedGenerationConfiguration_NeverFailsOtherwise() => Fuzz(GoldenFolder.CaseFolder("models", "llama-rope-llama3"), "generation_config.json", 500);

    [Fact]
    public void Inspect_MutatedIndex_NeverFailsOtherwise() => Fuzz(GoldenFolder.CaseFolder("models", "mistral-window"), "model.safetensors.index.json", 1000);

    [Fact]
    public void Inspect_MutatedWeights_NeverFailsOtherwise() => Fuzz(GoldenFolder.CaseFolder("reward-models", "qwen2"), "model.safetensors", 800, headerOnly: true);

    [Fact]
    public void Inspect_MutatedAdapterConfiguration_NeverFailsOtherwise() => Fuzz(GoldenFolder.CaseFolder("adapters", "mistral-rslora"), "adapter_config.json", 600);

    [Fact]
    public void Inspect_MutatedTokenizerConfiguration_NeverFailsOtherwise() => Fuzz(SharedModels.Stories260K(), "tokenizer_config.json", 200);

    [Theory]
    [InlineData("config.json")]
    [InlineData("generation_config.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("tokenizer.json")]
    public void Inspect_DeepOrRepeatedJson_IsRefused(string file)
    {
        using var folder = new TemporaryFolder();
        CopyTo(SharedModels.Stories260K(), folder.Path);
        string good = File.ReadAllText(folder[file]);
        foreach (string bad in new[] { new string('[', 200_000), string.Concat(Enumerable.Repeat("{\"a\":", 100_000)), "{\"a\":1,\"a\":2," + good.TrimStart()[1..] })
        {
            File.WriteAllText(folder[file], bad);
            Assert.Contains(file, Refusal(folder.Path), StringComparison.Ordinal);
        }
    }

    private static string Refusal(string directory)
    {
        try
        {
            return string.Concat(ModelInspector.Inspect(directory).Findings.Where(finding => finding.IsFault).Select(finding => finding.Message));
        }
        catch (CheckpointException fault)
        {
            return fault.Message;
        }
    }

    private static void Fuzz(string source, string file, int count, bool headerOnly = false)
    {
        using var folder = new TemporaryFolder();
        CopyTo(source, folder.Path);
        byte[] good = File.ReadAllBytes(folder[file]);
        Assert.Empty(Refusal(folder.Path));
        var random = new Random(Seed);
        int refused = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] bad = headerOnly ? [.. Mutation.Of(good[..HeaderEnd(good)], random), .. good[HeaderEnd(good)..]] : Mutation.Of(good, random);
            File.WriteAllBytes(folder[file], bad);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                refused += Refusal(folder.Path).Length > 0 ? 1 : 0;
            }
            catch (Exception other)
            {
                Assert.Fail($"mutation {i} of {file}: {other}\n{Encoding.UTF8.GetString(bad[..Math.Min(bad.Length, 4000)])}");
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        }

        Assert.InRange(refused, 1, headerOnly ? count : count - 1);
    }

    private static int HeaderEnd(byte[] image) => 8 + (int)BitConverter.ToInt64(image);

    private static void CopyTo(string source, string target)
    {
        foreach (string file in Directory.GetFiles(source).Where(file => Path.GetFileName(file) is not ("golden.json" or "LICENSE" or "README.md")))
        {
            File.WriteAllBytes(Path.Combine(target, Path.GetFileName(file)), File.ReadAllBytes(file));
        }
    }
}
