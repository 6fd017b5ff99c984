using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Datasets;

/// <summary>Rows as the trainers see them, and what is counted of them.</summary>
public sealed class DatasetPreviewTests : IAsyncLifetime
{
    private const string Model = "models/policy";

    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(Cancel);
        SampleSpecs.WriteModel(_server.Folder, Model, context: 40, architecture: "LlamaForCausalLM");
        _server.Folder.Write($"{Model}/chat_template.jinja", "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_prompt_is_all_given()
    {
        await UploadAsync("datasets/prompts", "{\"prompt\": \"What is 2 + 2?\", \"answer\": \"4\"}\n{\"prompt\": [{\"role\": \"user\", \"content\": \"What is 3 + 3?\"}]}\n");

        IReadOnlyList<PreviewRow> rows = await PreviewAsync("datasets/prompts", new DatasetReading { Prompts = new PromptSource() });

        Assert.Equal([0, 1], rows.Select(row => row.Index));
        Assert.All(rows, row => Assert.Equal(("prompt", 0, false), (Assert.Single(row.Sequences).Label, row.Sequences[0].LearnedTokenCount, Assert.Single(row.Sequences[0].Segments).Learned)));
        Assert.EndsWith("What is 2 + 2?", rows[0].Sequences[0].Segments[0].Text, StringComparison.Ordinal);
        Assert.Contains("What is 3 + 3?", rows[1].Sequences[0].Segments[0].Text, StringComparison.Ordinal);
        Assert.NotEqual("What is 3 + 3?", rows[1].Sequences[0].Segments[0].Text); // as its template writes it
    }

    [Fact]
    public async Task Of_an_example_the_answer_is_learned_and_of_a_conversation_the_assistants_turns()
    {
        await UploadAsync("datasets/examples", """
            {"prompt": "2 + 2 =", "completion": " 4"}
            {"messages": [{"role": "user", "content": "one"}, {"role": "assistant", "content": "uno"}, {"role": "user", "content": "two"}, {"role": "assistant", "content": "due"}]}
            {"text": "all of it"}

            """);

        IReadOnlyList<PreviewRow> rows = await PreviewAsync("datasets/examples", new DatasetReading { Examples = new ExampleSource() }, ids: true);

        Assert.All(rows, row => Assert.Equal("", row.Fault));
        PreviewSequence pair = rows[0].Sequences[0], chat = rows[1].Sequences[0], text = rows[2].Sequences[0];
        Assert.EndsWith("2 + 2 =", pair.Segments[0].Text, StringComparison.Ordinal);
        Assert.StartsWith(" 4", Assert.Single(pair.Segments, segment => segment.Learned).Text, StringComparison.Ordinal);
        string[] learned = [.. chat.Segments.Where(segment => segment.Learned).Select(segment => segment.Text)];
        Assert.Equal(2, learned.Length);
        Assert.Contains("uno", learned[0], StringComparison.Ordinal);
        Assert.Contains("due", learned[1], StringComparison.Ordinal);
        Assert.DoesNotContain(chat.Segments, segment => segment.Learned && (segment.Text.Contains("one", StringComparison.Ordinal) || segment.Text.Contains("two", StringComparison.Ordinal)));
        Assert.Equal(text.TokenCount - 1, text.LearnedTokenCount); // nothing precedes the first
        Assert.All(rows.SelectMany(row => row.Sequences), sequence => Assert.Equal(
            (sequence.TokenCount, sequence.TokenCount, sequence.LearnedTokenCount),
            (sequence.TokenIds.Count, sequence.Segments.Sum(segment => segment.TokenCount), sequence.Segments.Where(segment => segment.Learned).Sum(segment => segment.TokenCount))));
    }

    [Fact]
    public async Task Of_a_preference_both_are_shown_as_a_policy_or_as_a_reward_model_reads_them()
    {
        await UploadAsync("datasets/pairs", "{\"prompt\": \"2 + 2 =\", \"chosen\": \" 4\", \"rejected\": \" 5\"}\n");

        PreviewRow policy = Assert.Single(await PreviewAsync("datasets/pairs", new DatasetReading { Preferences = new PreferenceSource() }));
        PreviewRow reward = Assert.Single(await PreviewAsync("datasets/pairs", new DatasetReading { Preferences = new PreferenceSource(), RewardModel = true }));

        Assert.Equal(["chosen", "rejected"], policy.Sequences.Select(sequence => sequence.Label));
        Assert.All(policy.Sequences, sequence => Assert.True(sequence.LearnedTokenCount > 0));
        Assert.All(reward.Sequences, sequence => Assert.Equal(0, sequence.LearnedTokenCount));
        Assert.Contains("2 + 2 = 5", Assert.Single(reward.Sequences[1].Segments).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_cannot_be_encoded_a_long_one_and_a_held_out_one_are_marked()
    {
        string overlong = string.Join(' ', Enumerable.Repeat("word", 60));
        await UploadAsync("datasets/odd", string.Concat(Enumerable.Range(0, 40).Select(i => i == 5 ? "{\"completion\": \" yes\"}\n" : $"{{\"prompt\": \"{(i == 3 ? overlong : $"{i} + {i} =")}\", \"completion\": \" yes\"}}\n")));
        DatasetReading reading = new() { Examples = new ExampleSource { HeldOutFraction = 0.5, HeldOutSeed = 3 } };

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => PreviewAsync("datasets/odd", reading, first: 0, count: 40));
        Assert.Contains("line 6", refused.Status.Detail, StringComparison.Ordinal);

        IReadOnlyList<PreviewRow> rows = await PreviewAsync("datasets/odd", reading, first: 1, count: 4);
        Assert.Equal([1, 2, 3, 4], rows.Select(row => row.Index));
        Assert.Equal([false, false, true, false], rows.Select(row => row.Sequences[0].Overlong));
        await UploadAsync("datasets/even", string.Concat(Enumerable.Range(0, 40).Select(i => $"{{\"prompt\": \"{i} + {i} =\", \"completion\": \" yes\"}}\n")));
        int heldOut = (await PreviewAsync("datasets/even", reading, first: 0, count: 40)).Count(row => row.HeldOut);
        GetDatasetStatisticsResponse counted = await _server.Datasets.GetDatasetStatisticsAsync(new GetDatasetStatisticsRequest { Name = "datasets/even", Reading = reading }, cancellationToken: Cancel);
        Assert.Equal((40, heldOut), (counted.RowCount, counted.HeldOutRows));
        Assert.InRange(heldOut, 1, 39);
        Assert.Empty(await PreviewAsync("datasets/even", reading, first: 40));
    }

    [Fact]
    public async Task Lengths_duplicates_and_overlap_are_counted()
    {
        await UploadAsync("datasets/train", """
            {"prompt": "a", "completion": "1"}
            {"prompt": "bb", "completion": "22"}
            {"prompt": "a", "completion": "1"}
            {"prompt": "a", "completion": "333"}
            {"prompt": "B  b", "completion": "4444"}

            """);
        await UploadAsync("datasets/test", """
            {"prompt": "new", "completion": "1"}
            {"prompt": "b B", "completion": "4"}
            {"prompt": "bb", "completion": "22"}
            {"prompt": "A", "completion": "9"}

            """);

        GetDatasetStatisticsResponse counted = await _server.Datasets.GetDatasetStatisticsAsync(
            new GetDatasetStatisticsRequest { Name = "datasets/train", HeldOut = "datasets/test", Model = Model, Reading = new DatasetReading { Examples = new ExampleSource() } }, cancellationToken: Cancel);

        Assert.Equal((9, 5, 4), (counted.RowCount, counted.TrainingRows, counted.HeldOutRows));
        Assert.Equal((1, 3), (counted.HeldOutDuplicates, counted.HeldOutPromptsInTraining));
        Assert.Equal([1, 2, 3], counted.OverlappingRows);
        Assert.Equal((2, 5), (counted.DuplicateRows, counted.RepeatedPrompts));
        LengthStatistics prompts = counted.PromptCharacters; // 1 1 1 1 2 2 3 3 4
        Assert.Equal((1, 2.0, 2, 4, 4, 18), (prompts.Minimum, prompts.Mean, prompts.Median, prompts.Percentile90, prompts.Maximum, prompts.Total));
        Assert.Equal((1, 4, 16), (counted.AnswerCharacters.Minimum, counted.AnswerCharacters.Maximum, counted.AnswerCharacters.Total));
        Assert.True(counted.Tokens.Minimum > 0 && counted.LearnedTokens.Total < counted.Tokens.Total);
    }

    private Task<UploadDatasetResponse> UploadAsync(string name, string text) => DataFiles.UploadAsync(_server, name, "rows.jsonl", text, Cancel);

    private async Task<IReadOnlyList<PreviewRow>> PreviewAsync(string name, DatasetReading reading, long first = 0, int count = 0, bool ids = false) =>
        (await _server.Datasets.PreviewDatasetAsync(new PreviewDatasetRequest { Name = name, Reading = reading, Model = Model, FirstRow = first, RowCount = count, WithTokenIds = ids }, cancellationToken: Cancel)).Rows;
}
