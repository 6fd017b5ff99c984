using AlignService.HuggingFace.Safetensors;
using AlignService.Testing;
using Xunit;

namespace AlignService.HuggingFace.Tests.Safetensors;

public sealed class SafetensorsDirectoryTests
{
    private const string OneTensor = """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""";

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/model.safetensors")]
    [InlineData("..\\\\model.safetensors")]
    [InlineData(".safetensors")]
    [InlineData("model.bin")]
    [InlineData("")]
    public void Open_ShardNameThatIsNoPlainName_IsRefused(string shard)
    {
        CheckpointException fault = OpenWithIndex("""{"weight_map":{"a":"SHARD"}}""".Replace("SHARD", shard, StringComparison.Ordinal));
        Assert.Contains("plain file name", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"x.safetensors","a":"x.safetensors"}}""", "a")]
    [InlineData("""{"weight_map":{"a":1}}""", "weight_map")]
    [InlineData("""{"map":{}}""", "weight_map")]
    [InlineData("[", "weight_map")]
    [InlineData("""{"weight_map":{"a":"x.safetensors","b":"x.safetensors"}}""", "b is not in x.safetensors")]
    [InlineData("""{"weight_map":{"a":"missing.safetensors"}}""", "missing.safetensors")]
    public void Open_IndexThatDoesNotFit_IsRefused(string index, string expected) =>
        Assert.Contains(expected, OpenWithIndex(index).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_TensorInTwoShards_IsRefused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["x.safetensors"], SafetensorsImage.Make(OneTensor, 4));
        File.WriteAllBytes(folder["y.safetensors"], SafetensorsImage.Make(OneTensor.Replace("}}", """},"b":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}""", StringComparison.Ordinal), 4));
        File.WriteAllText(folder["model.safetensors.index.json"], """{"weight_map":{"a":"x.safetensors","b":"y.safetensors"}}""");
        Assert.Contains("two files", Assert.Throws<CheckpointException>(() => SafetensorsDirectory.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteDirectory_SmallShards_ReadsBack()
    {
        using var folder = new TemporaryFolder();
        PendingTensor[] tensors = [.. Enumerable.Range(0, 5).Select(i => new PendingTensor($"t{i}", StoredDtype.Float32, [2, 3], stream => stream.Write(Enumerable.Repeat((byte)i, 24).ToArray())))];
        SafetensorsWriter.WriteDirectory(folder.Path, tensors, largestShard: 50);
        Assert.Equal(3, Directory.GetFiles(folder.Path, "model-0000?-of-00003.safetensors").Length);
        using SafetensorsDirectory read = SafetensorsDirectory.Open(folder.Path);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(read.TryGet($"t{i}", out SafetensorsFile file, out StoredTensor stored));
            Assert.Equal(Enumerable.Repeat((byte)i, 24), file.Bytes(stored, 0, 24).ToArray());
            Assert.Equal("pt", file.Metadata["format"]);
        }
    }

    private static CheckpointException OpenWithIndex(string index)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["x.safetensors"], SafetensorsImage.Make(OneTensor, 4));
        File.WriteAllText(folder["model.safetensors.index.json"], index);
        return Assert.Throws<CheckpointException>(() => SafetensorsDirectory.Open(folder.Path));
    }
}
