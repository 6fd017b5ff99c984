using AlignService.Text.Tokenization;
using Xunit;

namespace AlignService.Text.Tests.Tokenization;

/// <summary>A tokenizer lives as long as a server: what one long text took must not stay with it.</summary>
public sealed class WorkspaceTests
{
    private const int LargestKept = 1 << 15;

    /// <summary>Each letter and the next may belong to one token, so that nothing divides the word.</summary>
    [Theory]
    [InlineData("bytelevel-llama3", "inthere")]
    [InlineData("metaspace-bpe", "inthere")]
    [InlineData("bytelevel-gpt2", "inthere")]
    public void Encode_OneLongWord_LeavesNoLargeWorkspace(string name, string part)
    {
        Tokenizer tokenizer = GoldenTokenizers.Load(name);
        tokenizer.Encode(string.Concat(Enumerable.Repeat(part, 20)), addSpecialTokens: false);
        Assert.InRange(tokenizer.LargestWorkspace, 1, LargestKept);

        Assert.True(tokenizer.Encode(string.Concat(Enumerable.Repeat(part, 200_000)), addSpecialTokens: false).Length > 1000);

        Assert.InRange(tokenizer.LargestWorkspace, 0, LargestKept);
    }
}
