using AlignService.Model.Architecture;
using AlignService.Model.Sampling;
using AlignService.Specs.PolicyOptimization;
using Xunit;

namespace AlignService.Model.Tests.Sampling;

/// <summary>Completions that come and go one by one are those that each would be alone, and a cancelled one is gone before the next token.</summary>
public sealed class LiveBatchTests
{
    [Fact]
    public void Completion_ThatEntersWhileOthersAreSampled_IsTheOneThatItIsAlone()
    {
        using Transformer model = TinyModel.Create(1);
        Sampled[] all = [.. TinyModel.Prompts(8).Select((ids, i) => new Sampled(ids, Config(i), (ulong)i))];
        using (var sampler = new CompletionSampler(model, TinyModel.Tokenizer))
        {
            foreach (Sampled one in all)
            {
                one.Alone = sampler.Stream(new SamplingRequest(0, one.PromptIds, 1), one.Config, new SamplingKey(one.Seed, 0), _ => { }, CancellationToken.None);
            }
        }

        using var batch = new LiveBatch(model, TinyModel.Tokenizer);
        foreach (Sampled one in all)
        {
            // Each enters two tokens after the one before.
            batch.Enter(one.Completion(CancellationToken.None));
            batch.Step();
            batch.Step();
        }

        while (batch.Count > 0)
        {
            batch.Step();
        }

        Assert.All(all, one =>
        {
            Assert.Equal(one.Alone!.TokenIds, one.Ids);
            Assert.Equal(one.Alone.LogProbs, one.LogProbs);
            Assert.Equal((one.Alone.Text, (FinishReason?)one.Alone.FinishReason, one.Alone.TokenIds.Count), (one.Text, one.End, one.Count));
        });
        Assert.True(all.Select(one => one.Text).Distinct().Count() > 4);

        static SamplingConfig Config(int i) => new() { MaxCompletionLength = 5 + (4 * i), Temperature = i % 3, TopK = i % 2 == 0 ? 0 : 7 };
    }

    [Fact]
    public void Completion_ThatIsCancelled_GetsNoFurtherToken()
    {
        using Transformer model = TinyModel.Create(2);
        int[][] prompts = TinyModel.Prompts(2);
        Sampled stopped = new(prompts[0], new SamplingConfig { MaxCompletionLength = 30, Temperature = 0 }, 1), other = new(prompts[1], new SamplingConfig { MaxCompletionLength = 10 }, 2);
        using var cancellation = new CancellationTokenSource();
        using var batch = new LiveBatch(model, TinyModel.Tokenizer);
        batch.Enter(stopped.Completion(cancellation.Token));
        batch.Enter(other.Completion(CancellationToken.None));
        Assert.Equal(2, batch.Count);

        cancellation.Cancel();
        batch.Step();

        Assert.Equal((1, 1, true, null), (stopped.Ids.Count, stopped.Count, stopped.HasEnded, stopped.End));
        Assert.Equal((1, 2), (batch.Count, other.Ids.Count));
        batch.Clear();
        Assert.Equal((0, false), (batch.Count, other.HasEnded));
    }

    [Fact]
    public void Completion_BeyondTheContext_IsRefusedAndChangesNothing()
    {
        using Transformer model = TinyModel.Create(3);
        using var batch = new LiveBatch(model, TinyModel.Tokenizer);
        Sampled one = new(TinyModel.Prompts(1)[0], new SamplingConfig { MaxCompletionLength = 100_000 }, 1);

        Assert.Throws<SamplingException>(() => batch.Enter(one.Completion(CancellationToken.None)));

        Assert.Equal((0, 0), (batch.Count, one.Ids.Count));
        batch.Step();
    }

    private sealed record Sampled(IReadOnlyList<int> PromptIds, SamplingConfig Config, ulong Seed)
    {
        public List<int> Ids { get; } = [];

        public List<float> LogProbs { get; } = [];

        public string Text { get; private set; } = "";

        public FinishReason? End { get; private set; }

        public bool HasEnded { get; private set; }

        public int Count { get; private set; }

        public Completion? Alone { get; set; }

        public LiveCompletion Completion(CancellationToken cancellationToken) => new(PromptIds, Config, Seed)
        {
            OnToken = token =>
            {
                Ids.Add(token.Id);
                LogProbs.Add(token.LogProb);
                Text += token.Text;
            },
            OnEnd = (count, reason) => (Count, End, HasEnded) = (count, reason, true),
            Cancellation = cancellationToken,
        };
    }
}
