using AlignService.Model.Checkpoints;
using AlignService.Testing;
using Xunit;

namespace AlignService.Model.Tests.Checkpoints;

/// <summary>Cases of golden/adapters: LoRA is not built yet, and an adapter must be refused by name, never taken for a model.</summary>
[Trait("Category", "Golden")]
public sealed class AdapterGoldenTests
{
    public static TheoryData<string> Cases => GoldenFolder.Rows("adapters");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Adapter_LoadedAsAModel_IsRefusedByName(string caseName)
    {
        string folder = GoldenFolder.CaseFolder("adapters", caseName);
        CheckpointException fault = Assert.Throws<CheckpointException>(() => HuggingFaceCheckpoint.LoadTransformer(folder, new LoadOptions()));
        Assert.Contains("adapter", fault.Message, StringComparison.Ordinal);
        Assert.Skip($"{caseName}: {fault.Message}");
    }
}
