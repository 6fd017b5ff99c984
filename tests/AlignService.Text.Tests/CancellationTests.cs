using AlignService.Testing;
using AlignService.Text.Chat;
using AlignService.Text.Tokenization;
using Xunit;

namespace AlignService.Text.Tests;

/// <summary>Whoever waits for one rendering or one long text can stop it in the middle.</summary>
public sealed class CancellationTests
{
    [Fact]
    public void Render_CancelledInTheMiddle_EndsThere()
    {
        using var cancel = new CancellationTokenSource();
        var clock = new StoppingClock(cancel);
        ChatTemplate template = ChatTemplate.Parse("{% for i in range(100) %}{{ strftime_now('%Y') }}{% endfor %}");
        ChatTemplateInput input = ChatTemplateInput.Of([new ChatMessage("user", "hi")], addGenerationPrompt: true) with { Clock = clock };
        Assert.Equal(400, template.Render(input).Length);

        clock.StopsAt = 150; // the 50th of the second rendering
        Assert.Throws<OperationCanceledException>(() => template.Render(input with { Cancellation = cancel.Token }));
        Assert.Equal(150, clock.Reads);
    }

    [Theory]
    [InlineData("bytelevel-gpt2")]
    [InlineData("bytelevel-llama3")]
    [InlineData("metaspace-bpe")]
    public void Encode_Cancelled_Ends(string name)
    {
        var tokenizer = Tokenizer.Load(Path.Combine(GoldenFolder.Root, "tokenizers", name));
        string text = string.Concat(Enumerable.Repeat("some words, ", 1000));
        int[] expected = tokenizer.Encode(text, addSpecialTokens: true);
        StoppableTokenizer cancelled = tokenizer.Until(new CancellationToken(canceled: true));

        Assert.Throws<OperationCanceledException>(() => cancelled.Encode(text, addSpecialTokens: true));
        Assert.Throws<OperationCanceledException>(() => cancelled.EncodePrompt(text));
        Assert.Throws<OperationCanceledException>(() => cancelled.EncodeCompletion([], "", text, isRendered: false));
        Assert.Equal(expected, tokenizer.Until(TestContext.Current.CancellationToken).Encode(text, addSpecialTokens: true)); // and leaves nothing behind
    }

    /// <summary>Cancels when it is asked for the time for the n-th time.</summary>
    private sealed class StoppingClock(CancellationTokenSource cancel) : TimeProvider
    {
        public int Reads { get; private set; }

        public int StopsAt { get; set; } = int.MaxValue;

        public override DateTimeOffset GetUtcNow()
        {
            if (++Reads == StopsAt)
            {
                cancel.Cancel();
            }

            return DateTimeOffset.UnixEpoch;
        }
    }
}
