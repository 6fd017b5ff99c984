using AlignService.Model.Checkpoints;
using AlignService.Specs.Data;
using AlignService.Specs.Rewards.Inputs;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Rewards.Segments;
using AlignService.Text.Tokenization;
using AlignService.Training.Rewards;
using AlignService.Training.Tests.Fakes;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Rewards;

public sealed class ProcessRewardModelTests : IDisposable
{
    private const string Template = "{{ bos_token }}{% for m in messages %}{{ m.role[0] }}{{ m.content | trim }}{{ eos_token }}{% endfor %}";

    private readonly RunFolder _folder = new();

    [Theory]
    [InlineData(null, "abXc", "qabXc", new[] { 3, 4 })]
    [InlineData("Z", "abXc", "qabZcZ", new[] { 3, 5 })]
    [InlineData("ZZ", "abXcX", "qabZZcZZ", new[] { 4, 7 })]
    public void Encode_PlainText_EndsEveryStepWhereItsTextEnds(string? tag, string completion, string read, int[] ends)
    {
        Tokenizer tokenizer = Tokenizer.Load(_folder.TinyModel("plain"));

        (IReadOnlyList<int> ids, IReadOnlyList<int> got) = new ProcessRewardInput(tokenizer, "X", tag).Encode(new Prompt(0, "q", null, null), Segments(completion), truncated: true);

        Assert.Equal(tokenizer.Encode(read, addSpecialTokens: true), ids);
        Assert.Equal(ends, got);
    }

    [Fact]
    public void Encode_SpecialTokenAsTag_IsReadThere()
    {
        Tokenizer tokenizer = Tokenizer.Load(_folder.TinyModel("plain"));

        (IReadOnlyList<int> ids, IReadOnlyList<int> ends) = new ProcessRewardInput(tokenizer, "X", "<pad>").Encode(new Prompt(0, "q", null, null), Segments("abXc"), truncated: true);

        Assert.All(ends, end => Assert.Equal(tokenizer.PadId, ids[end]));
        Assert.Equal(2, ends.Count);
    }

    [Fact]
    public void Encode_TemplateThatTrims_StillFindsTheSteps()
    {
        Tokenizer tokenizer = Tokenizer.Load(_folder.TinyModel("chat", Template));
        Prompt prompt = new(0, null, [new("user", "abXc")], null); // the prompt holds the completion's text too: the last one counts

        (IReadOnlyList<int> ids, IReadOnlyList<int> ends) = new ProcessRewardInput(tokenizer, "X", null).Encode(prompt, Segments("abXc"), truncated: false);

        Assert.Equal(["X", "c"], ends.Select(end => tokenizer.TokenText(ids[end])));
        Assert.Equal(ids.Count - 2, ends[1]); // before the end token
    }

    [Fact]
    public void Encode_TemplateThatChangesTheCompletion_FindsNothing()
    {
        Tokenizer tokenizer = Tokenizer.Load(_folder.TinyModel("chat", "{% for m in messages %}{{ m.content | upper }}{% endfor %}"));

        Assert.Empty(new ProcessRewardInput(tokenizer, "X", null).Encode(new Prompt(0, null, [new("user", "q")], null), Segments("abXc"), truncated: false).Ends);
    }

    /// <summary>A causal model's state at a segment's end is that of the sequence which ends there.</summary>
    [Fact]
    public void Score_Steps_EqualTheHeadOverTheSequenceUpToEach()
    {
        Tokenizer tokenizer = Tokenizer.Load(_folder.TinyModel("plain"));
        RewardModelHead head = RewardModelHead.FromTransformer(HuggingFaceCheckpoint.LoadTransformer(TinyRun.Model, new LoadOptions { Trainable = false }), padTokenId: 0, seed: 5);
        ProcessRewardInput input = new(tokenizer, "X", "Z");
        using ProcessRewardModel model = new(head, input, new DelimiterSegmentFinder(tokenizer, "X"));
        ScoringRequest[] requests = [.. new[] { "abXcdXe", "", "f", new string('z', 64), "gX" }.Select(text => new ScoringRequest(new Prompt(0, "q", null, null), text, tokenizer.Encode(text, false), false))];

        IReadOnlyList<RewardScore> scores = model.Score(requests, TestContext.Current.CancellationToken);

        Assert.Equal(("the completion has no segments", "longer than the process reward model's context of 64 tokens"), (scores[1].Reason, scores[3].Reason));
        Assert.Equal([2, 5, 6], scores[0].Segments!.Select(segment => segment.End));
        foreach (int row in new[] { 0, 2, 4 })
        {
            (IReadOnlyList<int> ids, IReadOnlyList<int> ends) = input.Encode(requests[row].Prompt, new DelimiterSegmentFinder(tokenizer, "X").Find(requests[row]), false);
            double[] expected = [.. ends.Select(end => Alone(head, [.. ids.Take(end + 1)]))];
            Assert.Equal(expected.Length, scores[row].Segments!.Count);
            Assert.All(expected.Zip(scores[row].Segments!), pair => Assert.Equal(pair.First, pair.Second.Score, 1e-5));
            Assert.Equal(expected.Average(), scores[row].Value!.Value, 1e-5);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static IReadOnlyList<CompletionSegment> Segments(string completion)
    {
        Tokenizer tokenizer = TinyTokenizer.Create();
        return new DelimiterSegmentFinder(tokenizer, "X").Find(new ScoringRequest(new Prompt(0, "q", null, null), completion, tokenizer.Encode(completion, false), false));
    }

    private static double Alone(RewardModelHead head, int[] ids)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return head.Scores(tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0), tensor(new long[] { ids.Length })).item<float>();
    }
}
