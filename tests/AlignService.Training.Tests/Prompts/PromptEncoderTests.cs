using AlignService.Specs.Data;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards.Inputs;
using AlignService.Specs.Settings;
using AlignService.Text.Tokenization;
using AlignService.Training.Rollouts;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Prompts;

public sealed class PromptEncoderTests
{
    private static readonly Prompt[] Prompts = [.. new[] { "ab", "abcdef", "abcd" }.Select((text, index) => new Prompt(index, text, null, null))];

    [Fact]
    public void Encode_TooLongPrompts_AreRefusedByNumber()
    {
        var fault = Assert.Throws<PromptDataException>(() => new PromptEncoder(TinyTokenizer.Create()).Encode(Prompts, 3, OverlongPrompts.Refuse, []));

        Assert.Contains("2 of 3 prompts are longer than 3 tokens", fault.Message);
        Assert.Contains("prompt 1: 6 tokens", fault.Message);
        Assert.Contains("prompt 2: 4 tokens", fault.Message);
    }

    [Fact]
    public void Encode_TooLongPromptsThatMayBeDropped_AreDroppedWithAMessage()
    {
        List<string> messages = [];

        IReadOnlyList<EncodedPrompt> encoded = new PromptEncoder(TinyTokenizer.Create()).Encode(Prompts, 4, OverlongPrompts.Drop, messages);

        Assert.Equal([0, 2], encoded.Select(prompt => prompt.Prompt.Index));
        Assert.Equal(["1 of 3 prompts are longer than 4 tokens and were dropped"], messages);
    }

    [Fact]
    public void Encode_Messages_GoThroughTheTemplateWithoutASecondBegin()
    {
        using RunFolder folder = new();
        string model = folder.TinyModel("chat", "{{ bos_token }}{% for m in messages %}{{ m.role[0] }}{{ m.content }}{% endfor %}{% if add_generation_prompt %}A{% endif %}");
        Tokenizer tokenizer = Tokenizer.Load(model);

        IReadOnlyList<int> ids = new PromptEncoder(tokenizer).Encode(new Prompt(0, null, [new PromptMessage("user", "hi")], null));

        Assert.Equal([1, .. tokenizer.Encode("uhiA", addSpecialTokens: false)], ids);
    }

    [Fact]
    public void Encode_ToolsAndArguments_ReachTheTemplate()
    {
        using RunFolder folder = new();
        Tokenizer tokenizer = Tokenizer.Load(folder.TinyModel("chat", "{% for tool in tools or [] %}{{ tool.name }}{% endfor %}{% if thinking %}T{% endif %}{{ messages[0].content }}"));
        Prompt plain = new(0, null, [new PromptMessage("user", "hi")], null);
        Prompt full = plain with { ToolsJson = """[{"name": "add"}, {"name": "sub"}]""", TemplateArgumentsJson = """{"thinking": true}""" };

        Assert.Equal(tokenizer.Encode("hi", addSpecialTokens: false), new PromptEncoder(tokenizer).Encode(plain));
        Assert.Equal(tokenizer.Encode("addsubThi", addSpecialTokens: false), new PromptEncoder(tokenizer).Encode(full));
        Assert.Equal(tokenizer.Encode("addsubhi", addSpecialTokens: false), new RewardInput(tokenizer).Encode(full, "x", truncated: true)); // tools, but not the policy's arguments
    }

    [Fact]
    public void Encode_FurtherFields_ReachTheTemplateTheLastOfEachName()
    {
        using RunFolder folder = new();
        Tokenizer tokenizer = Tokenizer.Load(folder.TinyModel("chat", "{{ messages[0].name }}{{ messages[0].content }}"));
        Prompt prompt = new(0, null, [new PromptMessage("user", "hi") { FieldsJson = """{"name": "a", "name": "b"}""" }], null);

        Assert.Equal(tokenizer.Encode("bhi", addSpecialTokens: false), new PromptEncoder(tokenizer).Encode(prompt));
    }

    [Fact]
    public void Encode_MessagesWithoutATemplate_SaysWhatToDo() => Assert.Contains(
        "has no chat template",
        Assert.Throws<PromptDataException>(() => new PromptEncoder(TinyTokenizer.Create()).Encode(new Prompt(0, null, [new PromptMessage("user", "hi")], null))).Message);

    [Fact]
    public void Take_TwoEpochs_GivesEveryPromptOnceAnEpochAndGoesOnFromAPosition()
    {
        EncodedPrompt[] prompts = [.. Prompts.Select(prompt => new EncodedPrompt(prompt, [1]))];
        PromptSequence sequence = new(prompts, seed: 3), resumed = new(prompts, seed: 3) { Position = 2 };

        (EncodedPrompt Prompt, int StreamIndex)[] taken = [.. sequence.Take(2), .. sequence.Take(4)];

        Assert.Equal([0, 1, 2], taken[..3].Select(entry => entry.Prompt.Prompt.Index).Order());
        Assert.Equal([0, 1, 2], taken[3..].Select(entry => entry.Prompt.Prompt.Index).Order());
        Assert.Equal(6, taken.Select(entry => entry.StreamIndex).Distinct().Count());
        Assert.Equal(taken[2..], resumed.Take(4));
    }
}
