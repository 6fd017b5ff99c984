using AlignService.HuggingFace.Inspection;
using AlignService.HuggingFace.Safetensors;
using AlignService.Testing;
using Xunit;

namespace AlignService.HuggingFace.Tests.Directories;

/// <summary>Weights with more in them than the configuration names: copies of a tied head, and what quantizers write.</summary>
public sealed class WeightFitTests : IDisposable
{
    private const string Embedding = "model.embed_tokens.weight", Head = "lm_head.weight";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Inspect_CopyOfATiedHead_IsAccepted()
    {
        Write(Copied);
        Assert.DoesNotContain(ModelInspector.Inspect(_folder.Path).Findings, finding => finding.IsFault);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(77)]
    public void Inspect_HeadThatDiffersInOneBit_IsRefusedWithBothWaysOut(int place)
    {
        Write(bytes =>
        {
            bytes[place] ^= 1;
            return new PendingTensor(Head, StoredDtype.Float32, [512, 64], stream => stream.Write(bytes));
        });
        string fault = Fault();
        Assert.Contains($"{Head} is unexpected: it (F32 [512, 64]) differs from {Embedding} (F32 [512, 64]), but tie_word_embeddings is true", fault, StringComparison.Ordinal);
        Assert.Contains("set tie_word_embeddings to false if the model has a head of its own; remove lm_head.weight if it has not", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("F16")]
    [InlineData("BF16")]
    public void Inspect_HeadOfAnotherDtype_IsNoCopy(string dtype)
    {
        Assert.True(StoredDtypes.TryParse(dtype, out StoredDtype parsed));
        Write(bytes => new PendingTensor(Head, parsed, [512, 64], stream => stream.Write(bytes.AsSpan(0, bytes.Length / 2))));
        Assert.Contains($"it ({dtype} [512, 64]) differs from", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_HeadOfAnotherShape_IsNoCopy()
    {
        Write(bytes => new PendingTensor(Head, StoredDtype.Float32, [64, 512], stream => stream.Write(bytes)));
        Assert.Contains("it (F32 [64, 512]) differs from", Fault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.layers.0.mlp.up_proj.qweight", "I32", "GPTQ or AWQ")]
    [InlineData("model.layers.0.mlp.up_proj.weight.absmax", "U8", "bitsandbytes, 4 bits")]
    [InlineData("model.layers.0.mlp.up_proj.weight.quant_state.bitsandbytes__nf4", "U8", "bitsandbytes, nf4")]
    [InlineData("model.layers.0.mlp.up_proj.SCB", "F32", "bitsandbytes, 8 bits")]
    [InlineData("model.layers.0.mlp.up_proj.weight_scale_inv", "F32", "fp8, in blocks")]
    [InlineData("model.layers.0.mlp.up_proj.weight_packed", "I32", "compressed-tensors")]
    [InlineData("model.layers.0.mlp.up_proj.scales", "F16", "mlx")]
    public void Inspect_QuantizedTensors_AreNamedByTheirMethodInOneShortFault(string name, string dtype, string method)
    {
        Assert.True(StoredDtypes.TryParse(dtype, out StoredDtype parsed));
        Write(_ => new PendingTensor(name, parsed, [4], stream => stream.Write(new byte[4 * StoredDtypes.ByteCount(parsed)])), dropProjections: true);
        string fault = Fault();
        Assert.StartsWith($"The weights are quantized ({method}): {name} is {dtype} [4].", fault, StringComparison.Ordinal);
        Assert.InRange(fault.Length, 1, 400);
    }

    public void Dispose() => _folder.Dispose();

    private static PendingTensor Copied(byte[] bytes) => new(Head, StoredDtype.Float32, [512, 64], stream => stream.Write(bytes));

    private string Fault() => Assert.Single(ModelInspector.Inspect(_folder.Path).Findings, finding => finding.Code == "weights_do_not_fit").Message;

    /// <summary>The story model with one more tensor, which may be made of the embedding's bytes.</summary>
    private void Write(Func<byte[], PendingTensor> additional, bool dropProjections = false)
    {
        string source = SharedModels.Stories260K();
        foreach (string file in Directory.GetFiles(source).Where(file => Path.GetExtension(file) != ".safetensors"))
        {
            File.WriteAllBytes(_folder[Path.GetFileName(file)], File.ReadAllBytes(file));
        }

        using SafetensorsDirectory stored = SafetensorsDirectory.Open(source);
        List<PendingTensor> tensors = [.. stored.Tensors.Where(tensor => !dropProjections || !tensor.Name.Contains("_proj", StringComparison.Ordinal))
            .Select(tensor => new PendingTensor(tensor.Name, tensor.Dtype, [.. tensor.Shape], stream => stream.Write(BytesOf(stored, tensor.Name))))];
        tensors.Add(additional(BytesOf(stored, Embedding)));
        SafetensorsWriter.WriteDirectory(_folder.Path, tensors);
    }

    private static byte[] BytesOf(SafetensorsDirectory stored, string name)
    {
        stored.TryGet(name, out SafetensorsFile file, out StoredTensor tensor);
        return file.Bytes(tensor, 0, (int)(tensor.End - tensor.Begin)).ToArray();
    }
}
