using AlignService.Testing;
using Xunit;

namespace AlignService.Model.Tests.Architecture;

public sealed class ActivationMemoryTests
{
    /// <summary>Of the plain pass's memory; 16 blocks' activations become one block's and 16 inputs.</summary>
    private const double LargestShare = 0.3;

    [Fact]
    public async Task Pass_WithCheckpointing_TakesAFractionOfTheMemory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the kernel's counters are Linux's");
        MemoryGrowth plain = await OwnProcess.RunAsync<ActivationMemory, bool, MemoryGrowth>(false, TestContext.Current.CancellationToken);
        MemoryGrowth checkpointed = await OwnProcess.RunAsync<ActivationMemory, bool, MemoryGrowth>(true, TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper?.WriteLine($"{ActivationMemory.Tokens} tokens: plain {plain}, checkpointed {checkpointed}");
        Assert.True(checkpointed.AddressSpacePeak < LargestShare * plain.AddressSpacePeak, $"{checkpointed.AddressSpacePeak} bytes instead of {plain.AddressSpacePeak}");
    }
}
