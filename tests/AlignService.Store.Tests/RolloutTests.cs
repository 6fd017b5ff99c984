using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;
using AlignService.Specs.Data;
using AlignService.Specs.Resources;
using AlignService.Store.Rollouts;
using AlignService.Store.Tests.Databases;
using Xunit;

namespace AlignService.Store.Tests;

/// <summary>Rollouts in index and files: what is found is what a look at every one of them finds, page by page.</summary>
public abstract class RolloutTests : StoreTest
{
    private const int StepCount = 40, GroupCount = 3, GroupSize = 4;

    private static readonly string[] Sources = ["exact", "judge"];
    private static readonly string[] Words = ["alpha", "Beta", "gamma", "ΔELTA", "nul\0", "😀"];

    private readonly string _root = Directory.CreateTempSubdirectory("align-rollouts-").FullName;

    private RolloutSearch Search => new(Store.Rollouts, Files);

    private FileRolloutFiles Files => new(_root);

    protected override Task RemoveDatabaseAsync()
    {
        Directory.Delete(_root, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task List_AnyFilterAndPageSize_FindsWhatALookAtAllFinds()
    {
        JobLease lease = await ClaimAsync(await QueueAsync());
        List<RolloutRecord> all = [];
        for (int step = 1; step <= StepCount; step++)
        {
            StepRollouts rollouts = Random(step);
            all.AddRange(rollouts.Rows);
            await KeepAsync(lease, rollouts);
        }

        RolloutFilter[] filters =
        [
            new(),
            new() { FromStep = 7, ToStep = 9 },
            new() { Reward = new(0.5, null) },
            new() { Reward = new(null, -1.5), Advantage = new(0, null) },
            new() { TokenCount = new(3, 4), FinishReasons = ["length"] },
            new() { Scores = [new("judge", new(0.2, 0.4)), new("exact", new(1, 1))] },
            new() { Scores = [new("absent", new(null, 5))] },
            new() { Scores = [new("judge", default)] },
            new() { CompletionText = "beta" },
            new() { CompletionText = "δelta", PromptText = "PROMPT 2", FromStep = 3 },
            new() { CompletionText = "nowhere" },
            new() { CompletionText = "%" },
        ];
        foreach (RolloutFilter filter in filters)
        {
            string[] expected = [.. all.Where(row => Passes(filter, row)).Select(Place)];
            foreach (int pageSize in new[] { 1, 7, 500 })
            {
                Assert.Equal(expected, await ListAsync(lease.JobId, filter, pageSize));
            }
        }

        // The conditions are such that each kind of answer is among them.
        Assert.Contains(filters, filter => all.Count(row => Passes(filter, row)) is > 5 and < 100);
    }

    [Fact]
    public async Task Find_EveryRollout_ComesBackAsItWas()
    {
        JobLease lease = await ClaimAsync(await QueueAsync());
        StepRollouts kept = Random(5);
        await KeepAsync(lease, kept);
        foreach (RolloutRecord row in kept.Rows)
        {
            FoundRollout found = (await Search.FindAsync(lease.JobId, 5, row.Number, Token))!;
            Assert.Equal(Sources, found.Sources);
            Assert.Equivalent(row, found.Record, strict: true);
            Assert.Equal(row.Prompt.Messages, found.Record.Prompt.Messages);
        }

        Assert.Null(await Search.FindAsync(lease.JobId, 5, 999, Token));
        Assert.Null(await Search.FindAsync(lease.JobId, 6, 0, Token));
        Assert.Null(await Search.FindAsync(new JobId("another"), 5, 0, Token));
    }

    [Fact]
    public async Task List_TokenOfAnotherList_IsRefused()
    {
        JobLease lease = await ClaimAsync(await QueueAsync());
        await KeepAsync(lease, Random(1));
        RolloutQuery query = new(lease.JobId, new RolloutFilter(), WithTokens: false);
        string token = (await Search.ListAsync(query, 2, null, Token)).NextPageToken!;
        foreach ((RolloutQuery other, string given) in new[] { (query with { Filter = new() { FromStep = 2 } }, token), (query with { Id = new("other") }, token), (query, "x"), (query, "W10"), (query, "WzEsMSwxXQ") })
        {
            await Assert.ThrowsAsync<PageTokenException>(() => Search.ListAsync(other, 2, given, Token));
        }
    }

    /// <summary>A search for text reads so much and no more: the page ends, and the next one goes on.</summary>
    [Fact]
    public async Task List_TextThatIsRare_TakesMoreThanOneCall()
    {
        JobLease lease = await ClaimAsync(await QueueAsync());
        for (int step = 1; step <= 100; step++)
        {
            await KeepAsync(lease, Random(step));
        }

        RolloutFilter filter = new() { CompletionText = "nowhere" };
        RolloutPage first = await Search.ListAsync(new RolloutQuery(lease.JobId, filter, WithTokens: false), 10, null, Token);
        Assert.Empty(first.Rollouts);
        Assert.NotNull(first.NextPageToken);
        Assert.Empty(await ListAsync(lease.JobId, filter, 10));
    }

    [Fact]
    public async Task Record_StepAgain_ReplacesAndNamesWhatIsGone()
    {
        JobLease lease = await ClaimAsync(await QueueAsync());
        await KeepAsync(lease, Random(1));
        await KeepAsync(lease, Random(2));
        string before = (await Store.Rollouts.ListFilesAsync(lease.JobId, Token)).Single(file => file.Contains("000002", StringComparison.Ordinal));
        string file = Files.Write(lease, Random(2));
        Assert.NotEqual(before, file);
        Assert.Equal([before], await Store.Rollouts.RecordAsync(lease, new RolloutEntry(2, file, RolloutColumns.Of(Random(2))), 1, Token));

        // An answer that was lost changes nothing twice.
        Assert.Empty(await Store.Rollouts.RecordAsync(lease, new RolloutEntry(2, file, RolloutColumns.Of(Random(2))), 1, Token));
        Assert.Single(await Store.Rollouts.RecordAsync(lease, new RolloutEntry(3, "step-000003.1.parquet", RolloutColumns.Of(Random(3))), firstKeptStep: 2, Token));
        Assert.Equal([2, 3], (await Store.Rollouts.ReadAsync(lease.JobId, new RolloutFilter(), 10, Token)).Select(entry => entry.Step));
    }

    [Fact]
    public async Task Record_UnderALostLease_IsRefused()
    {
        JobLease old = await ClaimAsync(await QueueAsync());
        Clock.Advance(LeaseDuration);
        await ClaimAsync(old.JobId, "w2");
        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Rollouts.RecordAsync(old, new RolloutEntry(1, "f", RolloutColumns.Of(Random(1))), 1, Token));
        Assert.Empty(await Store.Rollouts.ListFilesAsync(old.JobId, Token));
    }

    [Fact]
    public async Task History_FiltersEventsAndReadsMetrics()
    {
        JobLease lease = await ClaimAsync(await QueueAsync());
        for (int step = 1; step <= 5; step++)
        {
            await Store.Journal.AppendAsync(
                lease,
                step,
                5,
                [JobEvent.New(step, "", new MetricPoints(new Dictionary<string, double> { ["a/b"] = step, ["c"] = double.NaN })), JobEvent.New(step, "", new LogMessage(LogSeverity.Info, "x"))],
                Token);
        }

        IReadOnlyList<JobEvent> logs = await Store.History.ReadEventsAsync(lease.JobId, new EventFilter(0, ["log"], new StepRange(2, 4)), 2, Token);
        Assert.Equal([2, 3], logs.Select(item => item.Step));
        Assert.Equal([4], (await Store.History.ReadEventsAsync(lease.JobId, new EventFilter(logs[^1].Cursor, ["log"], new StepRange(2, 4)), 2, Token)).Select(item => item.Step));
        IReadOnlyList<MetricValue> values = await Store.History.ReadMetricsAsync(lease.JobId, new StepRange(0, 3), name => name == "a/b", Token);
        Assert.Equal([("a/b", 1, 1.0), ("a/b", 2, 2.0), ("a/b", 3, 3.0)], values.Select(value => (value.Name, value.Step, value.Value)));
    }

    [Fact]
    public void Columns_DamagedBytes_AreRefused()
    {
        byte[] bytes = RolloutColumns.Of(Random(1)).ToBytes();
        Assert.Equal(bytes, RolloutColumns.FromBytes(bytes, Sources).ToBytes());
        Assert.Throws<InvalidDataException>(() => RolloutColumns.FromBytes(bytes.AsSpan(0, bytes.Length - 1), Sources));
        Assert.Throws<InvalidDataException>(() => RolloutColumns.FromBytes(bytes, ["one"]));
        Assert.Throws<InvalidDataException>(() => RolloutColumns.FromBytes([], Sources));
    }

    private static bool Passes(RolloutFilter filter, RolloutRecord row) =>
        row.Step >= filter.FromStep && row.Step <= filter.ToStep
        && In(filter.Reward, row.Reward) && In(filter.Advantage, row.Advantage) && In(filter.TokenCount, row.TokenCount)
        && (filter.FinishReasons.Count == 0 || filter.FinishReasons.Contains(row.FinishReason))
        && filter.Scores.All(score => Array.IndexOf(Sources, score.Source) is >= 0 and var source && !double.IsNaN(row.Scores[source]) && In(score.Range, row.Scores[source]))
        && row.Completion.Contains(filter.CompletionText, StringComparison.OrdinalIgnoreCase) && row.PromptText.Contains(filter.PromptText, StringComparison.OrdinalIgnoreCase);

    private static bool In(NumberRange range, double value) => (range.Min is null || value >= range.Min) && (range.Max is null || value <= range.Max);

    private static string Place(RolloutRecord row) => $"{row.Step}/{row.Number} {row.Completion}";

    private async Task<List<string>> ListAsync(JobId id, RolloutFilter filter, int pageSize)
    {
        List<string> found = [];
        string? token = null;
        do
        {
            RolloutPage page = await Search.ListAsync(new RolloutQuery(id, filter, WithTokens: false), pageSize, token, Token);
            Assert.InRange(page.Rollouts.Count, 0, pageSize);
            found.AddRange(page.Rollouts.Select(rollout => Place(rollout.Record)));
            token = page.NextPageToken;
        }
        while (token is not null);

        return found;
    }

    private async Task KeepAsync(JobLease lease, StepRollouts rollouts)
    {
        string file = Files.Write(lease, rollouts);
        await Store.Rollouts.RecordAsync(lease, new RolloutEntry(rollouts.Step, file, RolloutColumns.Of(rollouts)), rollouts.FirstKeptStep, Token);
    }

    /// <summary>The same for the same step: numbers that are absent among them, and texts of every kind; every second group is not kept.</summary>
    private static StepRollouts Random(int step)
    {
        Random random = new(step);
        IEnumerable<RolloutRecord> rows = Enumerable.Range(0, GroupCount * GroupSize).Select(number =>
        {
            double exact = random.Next(2), judge = random.Next(4) == 0 ? double.NaN : random.NextDouble();
            int[] tokens = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(50_000))];
            return new RolloutRecord
            {
                Step = step,
                Number = number,
                Group = number / GroupSize,
                Prompt = number / GroupSize == 0
                    ? new Prompt(7, null, [new PromptMessage("user", "hi"), new PromptMessage("assistant", null) { FieldsJson = """{"tool_calls":[1]}""" }], "4") { ToolsJson = "[]", Metadata = new Dictionary<string, string> { ["k"] = "v" } }
                    : new Prompt(number / GroupSize, $"prompt {number / GroupSize}", null, null),
                PromptText = $"prompt {number / GroupSize}",
                PromptTokenIds = [.. Enumerable.Range(0, number / GroupSize)],
                Completion = string.Join(' ', Enumerable.Range(0, 3).Select(_ => Words[random.Next(Words.Length)])),
                CompletionTokenIds = tokens,
                TokenCount = tokens.Length,
                Scores = [exact, judge],
                Reward = random.Next(5) == 0 ? double.NaN : exact + 4 * random.NextDouble() - 3,
                Advantage = random.Next(5) == 0 ? double.NaN : random.NextDouble() - 0.5,
                FinishReason = RolloutColumns.FinishReasons[random.Next(3)],
                LogProbs = new RolloutLogProbs(-random.NextDouble(), -2, random.Next(2) == 0 ? null : random.NextDouble()),
                PolicyStep = step - 1,
            };
        });
        return new StepRollouts(step, Sources, [.. rows.Where(row => row.Group % 2 == 0 || step % 2 == 0)], null);
    }
}
