using System.Text.Json;
using AlignService.HuggingFace.Safetensors;
using AlignService.Testing;
using Xunit;

namespace AlignService.HuggingFace.Tests.Safetensors;

/// <summary>Shards at the real limit of 5 GB: the files are holes, so that they take no room on the disk.</summary>
public sealed class ShardTests
{
    private const int FloatBytes = 4;

    [Fact]
    public void WriteDirectory_BeyondFiveGigabytes_CutsAsHuggingFaceDoes()
    {
        using TemporaryFolder folder = new();
        PendingTensor[] tensors = [Hole("a", 2.0), Hole("b", 2.9), Hole("c", 0.2), Hole("d", 6.0), Hole("e", 1.0), Hole("f", 3.9)];

        SafetensorsWriter.WriteDirectory(folder.Path, tensors);

        string[][] shards = [["a", "b"], ["d"], ["c", "e"], ["f"]];
        for (int i = 0; i < shards.Length; i++)
        {
            using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder.Path, $"model-0000{i + 1}-of-00004.safetensors"));
            Assert.Equal(shards[i], file.Tensors.Keys.Order(StringComparer.Ordinal));
        }

        using JsonDocument index = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.Path, "model.safetensors.index.json")));
        Assert.Equal(16_000_000_000, index.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64());
        Assert.Equal("model-00003-of-00004.safetensors", index.RootElement.GetProperty("weight_map").GetProperty("e").GetString());
        using SafetensorsDirectory directory = SafetensorsDirectory.Open(folder.Path);
        Assert.Equal(6, directory.Tensors.Count());
    }

    [Theory]
    [InlineData(5_000_000_000, "model.safetensors")]
    [InlineData(5_000_000_004, "model-00001-of-00002.safetensors")]
    public void WriteDirectory_AtTheLimit_IsOneFileStill(long bytes, string first)
    {
        using TemporaryFolder folder = new();

        SafetensorsWriter.WriteDirectory(folder.Path, [Hole("a", 2.0), Hole("b", (bytes / 1e9) - 2.0)]);

        Assert.Contains(first, Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    private static PendingTensor Hole(string name, double gigabytes)
    {
        long count = (long)Math.Round(gigabytes * 1e9 / FloatBytes);
        return new(name, StoredDtype.Float32, [count], stream =>
        {
            stream.SetLength(stream.Position + (count * FloatBytes));
            stream.Seek(count * FloatBytes, SeekOrigin.Current);
        });
    }
}
