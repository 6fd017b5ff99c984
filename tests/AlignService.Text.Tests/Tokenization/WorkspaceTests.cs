using System.Runtime.CompilerServices;
using AlignService.Text.Tokenization;
using Xunit;

namespace AlignService.Text.Tests.Tokenization;

/// <summary>A tokenizer lives as long as a server: what one long text took must not stay with it. It runs alone, because it measures the process's memory.</summary>
[TestClass(DisableParallelization = true)]
public sealed class WorkspaceTests
{
    /// <summary>Each letter and the next may belong to one token, so that nothing divides the word.</summary>
    [Theory]
    [InlineData("bytelevel-llama3", "inthere")]
    [InlineData("metaspace-bpe", "inthere")]
    [InlineData("bytelevel-gpt2", "inthere")]
    public void Encode_OneLongWord_LeavesNoLargeWorkspace(string name, string part)
    {
        Encode(GoldenTokenizers.Load(name), part, 200_000); // what the program itself keeps from its first long text on
        Tokenizer tokenizer = GoldenTokenizers.Load(name);
        Encode(tokenizer, part, 1);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Assert.True(Encode(tokenizer, part, 200_000) > 1000);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 2 << 20);
        GC.KeepAlive(tokenizer);
    }

    /// <summary>Not inlined: its temporary values would live as long as the caller.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Encode(Tokenizer tokenizer, string part, int count) => tokenizer.Encode(string.Concat(Enumerable.Repeat(part, count)), addSpecialTokens: false).Length;
}
