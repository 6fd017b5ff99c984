using AlignService.Model.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Testing;
using Xunit;

namespace AlignService.Model.Tests.Adapters;

/// <summary>Hundreds of damaged adapters: each is loaded or refused with the one exception.</summary>
public sealed class HostileAdapterTests
{
    private const int Seed = 3;

    /// <summary>Loaded over its base: the tensors' names, shapes and values are held against the configuration.</summary>
    [Theory]
    [InlineData("adapter_config.json", 300)]
    [InlineData("adapter_model.safetensors", 300)]
    public void LoadAdapter_MutatedFile_NeverFailsOtherwise(string file, int count)
    {
        using var folder = new TemporaryFolder();
        CopyTo(GoldenFolder.CaseFolder("adapters", "mistral-rslora"), folder.Path);
        using Transformer model = HuggingFaceCheckpoint.LoadTransformer(GoldenFolder.CaseFolder("models", "mistral-window"), new LoadOptions { Trainable = false });
        byte[] good = File.ReadAllBytes(folder[file]);
        PeftAdapter.Load(folder.Path, model, trainable: false).Dispose();
        var random = new Random(Seed);
        int refused = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] bad = Mutation.Of(good, random);
            File.WriteAllBytes(folder[file], bad);
            try
            {
                PeftAdapter.Load(folder.Path, model, trainable: false).Dispose();
            }
            catch (CheckpointException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, count);
    }

    private static void CopyTo(string source, string target)
    {
        foreach (string file in Directory.GetFiles(source).Where(file => Path.GetFileName(file) is not ("golden.json" or "LICENSE" or "README.md")))
        {
            File.WriteAllBytes(Path.Combine(target, Path.GetFileName(file)), File.ReadAllBytes(file));
        }
    }
}
