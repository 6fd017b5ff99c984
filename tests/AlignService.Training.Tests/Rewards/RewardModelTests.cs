using AlignService.Model.Checkpoints;
using AlignService.Specs.Data;
using AlignService.Specs.Rewards.Inputs;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Text.Tokenization;
using AlignService.Training.Rewards;
using AlignService.Training.Tests.Fakes;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Rewards;

public sealed class RewardModelTests
{
    private const string Template = "{{ bos_token }}{% for m in messages %}{{ m.role[0] }}{{ m.content }}{{ eos_token }}{% endfor %}";

    [Fact]
    public void Encode_PlainText_EndsWithTheEndTokenUnlessTruncated()
    {
        using RunFolder folder = new();
        Tokenizer tokenizer = Tokenizer.Load(folder.TinyModel("plain"));
        RewardInput input = new(tokenizer);
        Prompt prompt = new(0, "ab", null, null);

        Assert.Equal([3, 4, 5, 2], input.Encode(prompt, "c", truncated: false));
        Assert.Equal([3, 4, 5], input.Encode(prompt, "c", truncated: true));
    }

    [Fact]
    public void Encode_Messages_GoThroughItsOwnTemplate()
    {
        using RunFolder folder = new();
        Tokenizer tokenizer = Tokenizer.Load(folder.TinyModel("chat", Template));
        Prompt prompt = new(0, null, [new PromptMessage("user", "hi")], null);

        IReadOnlyList<int> ids = new RewardInput(tokenizer).Encode(prompt, "yo", truncated: false);

        // The template closes the turn itself: no second end token.
        Assert.Equal(tokenizer.Encode("<s>uhi</s>ayo</s>", addSpecialTokens: false), ids);
    }

    [Fact]
    public void Score_ManyRows_EqualsTheHeadRowByRowAndSkipsWhatIsTooLong()
    {
        using RunFolder folder = new();
        Tokenizer tokenizer = Tokenizer.Load(folder.TinyModel("plain"));
        RewardModelHead head = RewardModelHead.FromTransformer(HuggingFaceCheckpoint.LoadTransformer(TinyRun.Model, new LoadOptions { Trainable = false }), padTokenId: 0, seed: 5);
        RewardInput input = new(tokenizer);
        using RewardModel model = new(head, input);
        ScoringRequest[] requests = [.. new[] { "a", "abcdefgh", new string('z', 64), "xyz" }.Select(text => new ScoringRequest(new Prompt(0, "q", null, null), text, new int[text.Length], false))];

        IReadOnlyList<RewardScore> scores = model.Score(requests, TestContext.Current.CancellationToken);

        Assert.Equal("longer than the reward model's context of 64 tokens", scores[2].Reason);
        Assert.Null(scores[2].Value);
        foreach (int row in new[] { 0, 1, 3 })
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            long[] ids = [.. input.Encode(requests[row].Prompt, requests[row].Completion, false).Select(id => (long)id)];
            double alone = head.Scores(tensor(ids).unsqueeze(0), tensor(new long[] { ids.Length })).item<float>();
            Assert.Equal(alone, scores[row].Value!.Value, 1e-5);
        }
    }
}
