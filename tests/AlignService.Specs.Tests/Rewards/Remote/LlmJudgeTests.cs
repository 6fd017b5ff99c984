using System.Text.Json;
using AlignService.Scorers;
using AlignService.Specs.Data;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Judging;
using AlignService.Specs.Rewards.Remote;
using AlignService.Specs.Rewards.Scoring;
using Xunit;

namespace AlignService.Specs.Tests.Rewards.Remote;

/// <summary>Judges behind a chat endpoint: what they read, and how what they write becomes a score or none.</summary>
public sealed class LlmJudgeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Good.\n\n7", 7.0)]
    [InlineData("**Score: 8.5**", 8.5)]
    [InlineData("It has 3 faults, so 4/10", 4.0)]
    [InlineData("4 out of 10.", 4.0)]
    [InlineData("<think>maybe 9, or 2</think>\n6", 6.0)]
    [InlineData("I give it 3 points", 3.0)]
    [InlineData("0", 0.0)]
    [InlineData("Score: 11", null)]
    [InlineData("−3", null)]
    [InlineData("4/5", null)]
    [InlineData("somewhere in 3-5", null)]
    [InlineData("7,5", null)]
    [InlineData("grade A1", null)]
    [InlineData("no idea", null)]
    [InlineData("", null)]
    [InlineData("99999999999999999999999999999999999999999999999", null)]
    public void Read_ANumber(string text, double? expected) => AssertAnswer(expected, text, new JudgeOptions { MinScore = 0, MaxScore = 10 });

    [Theory]
    [InlineData("I would not call it bad. Good", 1.0)]
    [InlineData("good? no: BAD.", 0.0)]
    [InlineData("It is very good", 2.0)]
    [InlineData("goodness", null)]
    [InlineData("(A) is what a reader expects", 3.0)]
    [InlineData("a reader is happy", null)]
    public void Read_ALabel(string text, double? expected) =>
        AssertAnswer(expected, text, new JudgeOptions { Labels = [new() { Label = "bad", Score = 0 }, new() { Label = "good", Score = 1 }, new() { Label = "very good", Score = 2 }, new() { Label = "A", Score = 3 }] });

    [Theory]
    [InlineData("""{"score": 3}""", null)]
    [InlineData("""First {"verdict": {"score": 1}}, then ```json{"verdict": {"score": 2.5}}```""", 2.5)]
    [InlineData("""{"verdict": {"score": "good"}}""", 1.0)]
    [InlineData("""{"verdict": {"score": "2"}}""", 2.0)]
    [InlineData("""{"verdict": {"score": true}}""", 1.0)]
    [InlineData("""{"verdict": {"score": null}}""", null)]
    [InlineData("""{"verdict": {"score": 1e999}}""", null)]
    [InlineData("""{"verdict": {"score": 7}}""", null)]
    [InlineData("""{"verdict": {"score": 3""", null)]
    [InlineData("3", null)]
    public void Read_AFieldOfJson(string text, double? expected) =>
        AssertAnswer(expected, text, new JudgeOptions { JsonField = "verdict.score", MinScore = 0, MaxScore = 5, Labels = [new() { Label = "good", Score = 1 }] });

    [Theory]
    [InlineData("""{"criteria": ["yes", "no", "Yes"]}""", 0.75)]
    [InlineData("""{"criteria": [false, false, false]}""", 0.0)]
    [InlineData("""{"criteria": ["yes", "yes"]}""", null)]
    [InlineData("""{"criteria": ["yes", "yes", "partly"]}""", null)]
    [InlineData("yes, yes, yes", null)]
    public void Read_ARubric(string text, double? expected) => AssertAnswer(
        expected, text, new JudgeOptions { Rubric = [new() { Text = "It is true.", Weight = 2 }, new() { Text = "It is short." }, new() { Text = "It is kind." }] });

    /// <summary>Braces without end, which are tried one by one, take no time.</summary>
    [Fact]
    public void Read_HostileText_IsReadInNoTime()
    {
        long start = TimeProvider.System.GetTimestamp();
        foreach (string piece in (string[])["{", "{\"", "{\"a\":", "1/", "9,", "bad", "-", "<think>", "{\"a\":{}"])
        {
            AssertAnswer(null, string.Concat(Enumerable.Repeat(piece, 1 << 20)) + "|", new JudgeOptions { JsonField = "b" });
            JudgeAnswer.Read(string.Concat(Enumerable.Repeat(piece, 1 << 20)), Unit("x"), new JudgeOptions { Labels = [new() { Label = "good" }] });
            JudgeAnswer.Read(string.Concat(Enumerable.Repeat(piece, 1 << 20)), Unit("x"), new JudgeOptions());
        }

        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Score_TheMedianOfSeveralJudges_Counts()
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerScript { Judge = request => ScorerBehavior.Chat(Model(request) switch { "a" => "1", "b" => "9", "c" => "5", _ => "none" }) }, Cancel);
        using RewardSet odd = RemoteSources.Set(RemoteSources.Judge(server) with { Models = ["a", "b", "c"] }), even = RemoteSources.Set(RemoteSources.Judge(server) with { Models = ["a", "c", "b", "mute"] }),
            few = RemoteSources.Set(RemoteSources.Judge(server) with { Models = ["a", "mute", "dumb"] });

        Assert.All((await odd.ScoredAsync(RemoteSources.Requests(3), Cancel)).Scores, row => Assert.Equal(5, row[0]));
        Assert.All((await even.ScoredAsync(RemoteSources.Requests(3), Cancel)).Scores, row => Assert.Equal(5, row[0]));
        ScoreTable unsure = await few.ScoredAsync(RemoteSources.Requests(3), Cancel);
        Assert.All(unsure.Scores, row => Assert.Equal(double.NaN, row[0]));
        Assert.Contains("1 of 3 judges gave a score, which is not more than half: the judge's answer has no number", Assert.Single(unsure.Messages), StringComparison.Ordinal);
        Assert.Equal(30 * 3 * 3, unsure.Calls["outside"].Tokens);
    }

    [Fact]
    public async Task Score_AGroup_IsRankedInOneCall()
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerScript { Judge = Rank }, Cancel);
        using RewardSet set = RemoteSources.Set(RemoteSources.Judge(server) with { RankGroup = true, MinScore = null, MaxScore = null });
        ScoringRequest[] requests = [.. new[] { "aaaa", "a", "aa", "a", "aaaaaaaa" }.Select(text => RemoteSources.Request(text)), RemoteSources.Request("alone", group: 1), RemoteSources.Request("same", group: 2), RemoteSources.Request("same", group: 2)];

        ScoreTable table = await set.ScoredAsync(requests, Cancel);

        Assert.Equal([1 / 3.0, 1, 2 / 3.0, 1, 0, double.NaN, 0.5, 0.5], table.Scores.Select(row => Math.Round(row[0], 12) == Math.Round(1 / 3.0, 12) ? 1 / 3.0 : Math.Round(row[0], 12) == Math.Round(2 / 3.0, 12) ? 2 / 3.0 : row[0]));
        Assert.Single(server.Calls);
        Assert.Contains("a ranking needs at least two completions", Assert.Single(table.Messages), StringComparison.Ordinal);

        // The judge prefers what is short.
        static string Rank(string request)
        {
            string text = Text(request);
            string[] shown = [.. text.Split("\n\n").Where(line => line.StartsWith('[')).Select(line => line[(line.IndexOf(']') + 2)..])];
            return ScorerBehavior.Chat($$"""So: {"ranking": [{{string.Join(", ", Enumerable.Range(1, shown.Length).OrderBy(number => shown[number - 1].Length))}}]}""");
        }
    }

    [Fact]
    public async Task Score_ARankingThatIsNone_ScoresNobody()
    {
        foreach (string ranking in (string[])["[1, 2]", "[1, 1, 2]", "[0, 1, 2]", "[1, 2, 3, 4]", "\"1, 2, 3\"", "[1, 2, 2.5]"])
        {
            await using ScorerServer server = await ScorerServer.StartAsync(new ScorerScript { Judge = _ => ScorerBehavior.Chat($$"""{"ranking": {{ranking}}}""") }, Cancel);
            using RewardSet set = RemoteSources.Set(RemoteSources.Judge(server) with { RankGroup = true });

            ScoreTable table = await set.ScoredAsync(RemoteSources.Requests(3), Cancel);

            Assert.All(table.Scores, row => Assert.Equal(double.NaN, row[0]));
        }
    }

    [Fact]
    public async Task Score_ThePrompt_ShowsTheRowAndNothingThatACompletionWrites()
    {
        List<string> seen = [];
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerScript { Judge = Noted }, Cancel);
        LlmJudgeConfig config = RemoteSources.Judge(server) with
        {
            Prompt = "{conversation}|{prompt}|{completion}|{answer}|{metadata.level}|{{}}",
            System = "You judge.",
            Temperature = 0.5,
            MaxTokens = 77,
            RequestJson = """{"max_tokens": null, "max_completion_tokens": 99}""",
        };
        using RewardSet set = RemoteSources.Set(config);
        Prompt chat = new(0, null, [new("user", "Who?"), new("assistant", "Me."), new("user", "When?")], "1969") { Metadata = new Dictionary<string, string> { ["level"] = "3" } };
        ScoringRequest asked = RemoteSources.Request("{answer} {metadata.level} }{ 🚀") with { Prompt = chat }, lacks = asked with { Prompt = chat with { Answer = null } };

        ScoreTable table = await set.ScoredAsync([asked, lacks], Cancel);

        Assert.Equal([5, double.NaN], table.Scores.Select(row => row[0]));
        Assert.Contains("the judge cannot be asked: \"answer\", which the template names, does not exist", Assert.Single(table.Messages), StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(Assert.Single(seen));
        Assert.Equal("user: Who?\n\nassistant: Me.\n\nuser: When?|When?|{answer} {metadata.level} }{ 🚀|1969|3|{}", Text(seen[0]));
        Assert.Equal(("judge", 0.5, 99, "You judge."), (
            json.RootElement.GetProperty("model").GetString(),
            json.RootElement.GetProperty("temperature").GetDouble(),
            json.RootElement.GetProperty("max_completion_tokens").GetInt32(),
            json.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()));
        Assert.False(json.RootElement.TryGetProperty("max_tokens", out _));

        string Noted(string request)
        {
            seen.Add(request);
            return ScorerBehavior.Chat("5");
        }
    }

    [Theory]
    [InlineData("""{"choices": [{"message": {"content": [{"type": "text", "text": "It is "}, {"type": "text", "text": "7"}]}}]}""", 7.0)]
    [InlineData("""{"choices": [{"message": {"content": "7"}, "finish_reason": null}], "usage": null}""", 7.0)]
    [InlineData("""{"choices": [{"message": {"content": "7"}}], "usage": {"total_tokens": -5}}""", 7.0)]
    [InlineData("""{"choices": [{"message": {"content": "7, no, 1"}, "finish_reason": "length"}]}""", null)]
    [InlineData("""{"choices": [{"message": {"content": null}}]}""", null)]
    [InlineData("""{"choices": [{"message": {}}]}""", null)]
    [InlineData("""{"choices": []}""", null)]
    [InlineData("""{"error": {"message": "overloaded"}}""", null)]
    [InlineData("""[7]""", null)]
    [InlineData("""7""", null)]
    [InlineData("""{"choices": [{"message": {"content": "\ud800 7"}}]}""", null)]
    public async Task Score_WhateverTheEndpointSends_IsAScoreOrNone(string body, double? expected)
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerScript { Judge = _ => body }, Cancel);
        using RewardSet set = RemoteSources.Set(RemoteSources.Judge(server));

        ScoreTable table = await set.ScoredAsync(RemoteSources.Requests(1), Cancel);

        Assert.Equal(expected ?? double.NaN, table.Scores[0][0]);
        Assert.Single(server.Calls);
    }

    [Fact]
    public async Task Score_TokensPerMinute_AreKept()
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerBehavior(), Cancel);
        using RewardSet set = RemoteSources.Set(RemoteSources.Judge(server) with { MaxTokens = 2000, TokensPerMinute = 12_000 });
        long start = TimeProvider.System.GetTimestamp();

        await set.ScoredAsync(RemoteSources.Requests(6), Cancel);

        // Six calls of more than 2,100 tokens each need more than 12,000: at 200 a second, at least three seconds more.
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromSeconds(2.9), $"{TimeProvider.System.GetElapsedTime(start)}");
    }

    private static void AssertAnswer(double? expected, string text, JudgeOptions options)
    {
        ScoreAnswer answer = Assert.Single(JudgeAnswer.Read(text, Unit("x"), options));
        Assert.Equal(expected, answer.Score);
        Assert.Equal(expected is null, answer.NoScore is not null);
    }

    private static ScoringUnit Unit(string completion) => new([new ScorableCompletion(RemoteSources.Request(completion), null)]);

    private static string Model(string request)
    {
        using JsonDocument json = JsonDocument.Parse(request);
        return json.RootElement.GetProperty("model").GetString()!;
    }

    private static string Text(string request)
    {
        using JsonDocument json = JsonDocument.Parse(request);
        return json.RootElement.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetString()!;
    }
}
