using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Testing;
using Xunit;

namespace AlignService.Model.Tests.Checkpoints;

/// <summary>Loading takes the memory of the weights as they are held, and next to nothing beside it. Each measurement runs in a process of its own: this program again.</summary>
public sealed class LoadingMemoryTests : IClassFixture<LoadingMemoryTests.Checkpoints>
{
    /// <summary>Largest growth over the bytes of the weights as held.</summary>
    private const double LargestRatio = 1.15;

    private readonly Checkpoints _checkpoints;

    public LoadingMemoryTests(Checkpoints checkpoints) => _checkpoints = checkpoints;

    [Theory]
    [InlineData("f32", false)]
    [InlineData("f32", true)]
    [InlineData("bf16", false)]
    [InlineData("bf16", true)]
    [InlineData("sharded", false)]
    public async Task Load_AnyFile_TakesTheWeightsMemoryOnce(string files, bool heldNarrow)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the kernel's counters are Linux's");
        string directory = _checkpoints.Directory(files);
        LoadingMemory.Result measured = await OwnProcess.RunAsync<LoadingMemory, LoadingMemory.Input, LoadingMemory.Result>(
            new(directory, heldNarrow), TestContext.Current.CancellationToken);
        long fileBytes = System.IO.Directory.GetFiles(directory, "*.safetensors").Sum(file => new FileInfo(file).Length);
        double held = Ratio(measured.Growth.Held), peak = Ratio(measured.Growth.Peak), addresses = Ratio(measured.Growth.AddressSpacePeak - fileBytes);
        TestContext.Current.TestOutputHelper?.WriteLine($"{files}, held narrow {heldNarrow}: held {held:F3}, peak {peak:F3}, address space without files {addresses:F3} of {measured.WeightBytes} bytes");
        Assert.True(held is > 0.9 and < LargestRatio, $"{held:F3} of the weights is held");
        Assert.True(peak < LargestRatio, $"{peak:F3} of the weights was held at the peak");
        Assert.True(addresses < LargestRatio, $"{addresses:F3} of the weights was taken at the peak");

        double Ratio(long bytes) => bytes / (double)measured.WeightBytes;
    }

    /// <summary>One model of 36 million random weights in three ways.</summary>
    public sealed class Checkpoints : IDisposable
    {
        private const long ShardBytes = 40_000_000;

        private readonly TemporaryFolder _folder = new();

        public Checkpoints()
        {
            var rope = new RopeConfig { Theta = 10000, RotaryDim = 64 };
            var config = new TransformerConfig
            {
                ModelType = "llama",
                VocabSize = 8192,
                HiddenSize = 512,
                IntermediateSize = 1536,
                HeadCount = 8,
                KeyValueHeadCount = 8,
                HeadDim = 64,
                MaxPositions = 128,
                Layers = [.. Enumerable.Repeat(new LayerConfig(rope), 10)],
                Head = HeadKind.Tied,
            };
            using Transformer model = HuggingFaceCheckpoint.CreateRandom(config, seed: 1, new LoadOptions { Trainable = false });
            Save("f32", null);
            Save("bf16", StoredDtype.BFloat16);
            Shard();

            void Save(string name, StoredDtype? dtype) => HuggingFaceCheckpoint.Save(model, null, System.IO.Directory.CreateDirectory(Directory(name)).FullName, dtype);
        }

        public string Directory(string name) => Path.Combine(_folder.Path, name);

        public void Dispose() => _folder.Dispose();

        private void Shard()
        {
            string target = System.IO.Directory.CreateDirectory(Directory("sharded")).FullName;
            File.Copy(Path.Combine(Directory("f32"), "config.json"), Path.Combine(target, "config.json"));
            using SafetensorsFile source = SafetensorsFile.Open(Path.Combine(Directory("f32"), SafetensorsDirectory.SingleFile));
            SafetensorsWriter.WriteDirectory(target, [.. source.Tensors.Values.Select(Copied)], ShardBytes);

            PendingTensor Copied(StoredTensor tensor) =>
                new(tensor.Name, tensor.Dtype, tensor.Shape, stream => stream.Write(source.Bytes(tensor, 0, (int)(tensor.End - tensor.Begin))));
        }
    }
}
