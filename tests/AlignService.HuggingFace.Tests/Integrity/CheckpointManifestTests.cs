using System.Text;
using AlignService.HuggingFace.Integrity;
using Xunit;

namespace AlignService.HuggingFace.Tests.Integrity;

public sealed class CheckpointManifestTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("align-manifest-").FullName;

    public CheckpointManifestTests()
    {
        Write("model.safetensors", new string('m', 3_000_000));
        Write("config.json", "{}");
        Write("empty", "");
        Directory.CreateDirectory(Path.Combine(_folder, "trainer"));
        Write("trainer/trainer_state.safetensors", "moments");
        CheckpointManifest.Of(_folder).Write(_folder);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The check value of the polynomial's catalogue, and the vectors of RFC 3720, B.4.</summary>
    [Fact]
    public void Crc32C_IsTheStandards()
    {
        Assert.Equal("e3069283", Crc32C.ToText(Crc32C.Of("123456789"u8)));
        Assert.Equal("8a9136aa", Crc32C.ToText(Crc32C.Of(new byte[32])));
        Assert.Equal("62a8ab43", Crc32C.ToText(Crc32C.Of([.. Enumerable.Repeat((byte)255, 32)])));
        Assert.Equal("46dd794e", Crc32C.ToText(Crc32C.Of([.. Enumerable.Range(0, 32).Select(i => (byte)i)])));
        Assert.Equal("00000000", Crc32C.ToText(Crc32C.Of([])));
    }

    /// <summary>Blocks and their odd ends give what the whole gives.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData((1 << 20) - 1)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    [InlineData((3 << 20) + 13)]
    public void Crc32C_OfAFile_IsThatOfItsBytes(int size)
    {
        byte[] bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        File.WriteAllBytes(Path.Combine(_folder, "bytes"), bytes);
        Assert.Equal(Crc32C.Of(bytes), Crc32C.OfFile(Path.Combine(_folder, "bytes"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void FindDamage_AsWritten_IsNone()
    {
        Write("README.md", "added by a user");
        Assert.Null(Find(ManifestScope.Everything));
    }

    /// <summary>Every bit counts, wherever it is.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 7)]
    [InlineData((1 << 20) - 1, 3)]
    [InlineData(1 << 20, 4)]
    [InlineData(2_999_999, 5)]
    public void FindDamage_OneBitFlipped_NamesTheFile(int place, int bit)
    {
        string path = Path.Combine(_folder, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[place] ^= (byte)(1 << bit);
        File.WriteAllBytes(path, bytes);

        FileDamage? damage = Find(ManifestScope.Model);
        Assert.Equal("model.safetensors", damage?.File);
        Assert.Contains("has the checksum", damage?.Fault, StringComparison.Ordinal);
        Assert.Null(CheckpointManifest.FindVisibleDamage(_folder, ManifestScope.Everything));
    }

    [Fact]
    public void FindDamage_ByScope_LooksAtTheTrainersStateOrNot()
    {
        Write("trainer/trainer_state.safetensors", "momentS");
        Assert.Null(Find(ManifestScope.Model));
        Assert.Equal("trainer/trainer_state.safetensors", Find(ManifestScope.Everything)?.File);
    }

    [Theory]
    [InlineData("model.safetensors", "is missing")]
    [InlineData("config.json", "is missing")]
    [InlineData("empty", "is missing")]
    public void FindDamage_FileGone_SaysSo(string file, string fault)
    {
        File.Delete(Path.Combine(_folder, file));
        Assert.Equal(new FileDamage(file, fault), Find(ManifestScope.Model));
        Assert.Equal(new FileDamage(file, fault), CheckpointManifest.FindVisibleDamage(_folder, ManifestScope.Model));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"files\":null}")]
    [InlineData("{\"files\":{\"../../etc/passwd\":{\"size\":1,\"crc32c\":\"00000000\"}}}")]
    [InlineData("{\"files\":{\"/etc/passwd\":{\"size\":1,\"crc32c\":\"00000000\"}}}")]
    [InlineData("{\"files\":{\"config.json\":{\"size\":2}}}")]
    [InlineData("{\"files\":{\"config.json\":null}}")]
    [InlineData("{\"files\":{},\"more\":1}")]
    public void FindDamage_ManifestUnreadable_IsItselfTheDamage(string manifest)
    {
        Write("manifest.json", manifest);
        Assert.Equal("manifest.json", Find(ManifestScope.Model)?.File);
    }

    [Fact]
    public void Check_DamagedModel_SaysWhatAndTheWayOut()
    {
        Write("config.json", "{ }");
        CheckpointException error = Assert.Throws<CheckpointException>(() => ModelIntegrity.Check(_folder, TestContext.Current.CancellationToken));
        Assert.Contains("config.json has 3 bytes instead of 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("delete manifest.json", error.Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder, "manifest.json"));
        ModelIntegrity.Check(_folder, TestContext.Current.CancellationToken);
    }

    private FileDamage? Find(ManifestScope scope) => CheckpointManifest.FindDamage(_folder, scope, TestContext.Current.CancellationToken);

    private void Write(string path, string text) => File.WriteAllText(Path.Combine(_folder, path), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
}
