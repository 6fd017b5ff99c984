using System.Text;
using System.Text.Json.Nodes;
using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Checkpoints;
using AlignService.Testing;
using TorchSharp;
using Xunit;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Tests.Checkpoints;

/// <summary>Directories as other tools leave them load, and what is saved from them is a clean model.</summary>
public sealed class RealFileTests : IDisposable
{
    private const string Embedding = "model.embed_tokens.weight", Head = "lm_head.weight";

    private readonly TemporaryFolder _source = new(), _target = new();

    [Fact]
    public void Load_CopyOfATiedHead_IsTheSameModelAndIsSavedWithoutTheCopy()
    {
        WriteWithHead(bytes => bytes);
        using Transformer model = HuggingFaceCheckpoint.LoadTransformer(_source.Path, new LoadOptions()), original = HuggingFaceCheckpoint.LoadTransformer(SharedModels.Stories260K(), new LoadOptions());
        Assert.False(model.HeadWeight.ne(original.HeadWeight).any().ToBoolean());
        HuggingFaceCheckpoint.Save(model, _source.Path, _target.Path, dtype: null);
        using SafetensorsDirectory saved = SafetensorsDirectory.Open(_target.Path);
        Assert.False(saved.TryGet(Head, out _, out _));
        Assert.True(saved.TryGet(Embedding, out _, out _));
    }

    [Fact]
    public void Load_HeadThatDiffersFromTheEmbedding_IsRefused()
    {
        WriteWithHead(bytes =>
        {
            bytes[^1] ^= 0x80;
            return bytes;
        });
        Assert.Contains("differs from model.embed_tokens.weight", Assert.Throws<CheckpointException>(() => HuggingFaceCheckpoint.LoadTransformer(_source.Path, new LoadOptions())).Message, StringComparison.Ordinal);
    }

    /// <summary>A changed configuration is written anew, from a file that only Python reads.</summary>
    [Fact]
    public void Save_WithAnotherDtype_FromAFileThatOnlyPythonReads_IsJson()
    {
        WriteWithHead(bytes => bytes);
        string json = File.ReadAllText(_source["config.json"]).TrimEnd().TrimEnd('}') + ", \"diversity_penalty\": Infinity, \"length_penalty\": NaN}";
        File.WriteAllText(_source["config.json"], json, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        using Transformer model = HuggingFaceCheckpoint.LoadTransformer(_source.Path, new LoadOptions());
        HuggingFaceCheckpoint.Save(model, _source.Path, _target.Path, StoredDtype.BFloat16);
        JsonNode saved = JsonNode.Parse(File.ReadAllBytes(_target["config.json"]))!;
        Assert.Equal(("bfloat16", double.PositiveInfinity), ((string)saved["torch_dtype"]!, (double)saved["diversity_penalty"]!));
        HuggingFaceCheckpoint.LoadTransformer(_target.Path, new LoadOptions()).Dispose();
    }

    public void Dispose()
    {
        _source.Dispose();
        _target.Dispose();
    }

    private void WriteWithHead(Func<byte[], byte[]> change)
    {
        string directory = SharedModels.Stories260K();
        foreach (string file in Directory.GetFiles(directory, "*.json"))
        {
            File.WriteAllBytes(_source[Path.GetFileName(file)], File.ReadAllBytes(file));
        }

        using SafetensorsDirectory stored = SafetensorsDirectory.Open(directory);
        List<PendingTensor> tensors = [.. stored.Tensors.Select(tensor => new PendingTensor(tensor.Name, tensor.Dtype, [.. tensor.Shape], stream => stream.Write(BytesOf(tensor.Name))))];
        tensors.Add(new PendingTensor(Head, StoredDtype.Float32, [512, 64], stream => stream.Write(change(BytesOf(Embedding)))));
        SafetensorsWriter.WriteDirectory(_source.Path, tensors);

        byte[] BytesOf(string name)
        {
            stored.TryGet(name, out SafetensorsFile file, out StoredTensor tensor);
            return file.Bytes(tensor, 0, (int)(tensor.End - tensor.Begin)).ToArray();
        }
    }
}
