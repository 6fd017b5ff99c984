using AlignService.Specs.Data;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Rewards.Segments;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Rewards.Scripts;

public sealed class JavaScriptRewardTests
{
    private static readonly PromptMessage Brief = new("system", "Be brief.") { FieldsJson = """{"tools": [{"cost": 2}, {"cost": 3}]}""" };

    private static readonly Prompt Asked = new(0, null, [Brief, new("user", "2 + 2?")], "4") { Metadata = new Dictionary<string, string> { ["level"] = "easy" } };

    [Theory]
    [InlineData("completion.includes(answer) ? 1 : 0", 1.0)]
    [InlineData("completion.length", 9.0)]
    [InlineData("function reward({ completion, answer }) { return completion.endsWith(answer) ? 2.5 : -1; }", 2.5)]
    [InlineData("const reward = facts => facts.tokenCount; ", 3.0)]
    [InlineData("({ metadata }) => metadata.level === 'easy' ? 0.5 : 1", 0.5)]
    [InlineData("messages.length + messages[1].content.length", 8.0)]
    [InlineData("messages[0].role === 'system' ? messages[0].tools[1].cost : 0", 3.0)]
    [InlineData("prompt === '2 + 2?' && !truncated", 1.0)]
    [InlineData("const answer = 7; answer", 7.0)]
    [InlineData("/is (\\d+)/.exec(completion)[1] === answer", 1.0)]
    [InlineData("JSON.parse('{\"a\": 3}').a", 3.0)]
    [InlineData("'a-b'.replace('-', (x) => x + x).length + 'aaa'.replaceAll('a', 'bb').length + 'x'.repeat(3).length + '1'.padStart(4).length", 17.0)]
    public void Score_ExpressionOrFunction_GivesItsValue(string script, double expected) => Assert.Equal(expected, Score(script).Value);

    [Theory]
    [InlineData("null", "returned null")]
    [InlineData("undefined", "returned nothing")]
    [InlineData("if (false) 1", "returned nothing")]
    [InlineData("'4'", "type String")]
    [InlineData("({ score: 1 })", "type Object")]
    [InlineData("async () => 1", "type Object")]
    [InlineData("0 / 0", "not finite")]
    [InlineData("[1, 2]", "neither segment_delimiter nor segment_per_token is set")]
    [InlineData("\nlet x = null;\nx.y", "Cannot read properties of null (reading 'y') (line 3)")]
    [InlineData("function reward() {\n throw new Error('too bad') }", "too bad (line 2)")]
    [InlineData("nowhere", "nowhere is not defined (line 1)")]
    public void Score_NoNumber_IsNoScoreWithItsReason(string script, string reason)
    {
        RewardScore score = Score(script);

        Assert.Null(score.Value);
        Assert.Contains(reason, score.Reason);
    }

    /// <summary>Every one of these would hold or fell the worker if it were let.</summary>
    [Theory]
    [InlineData("while (true) {}", "1000000 statements")]
    [InlineData("for (;;);", "1000000 statements")]
    [InlineData("(async () => { for (;;) await 0 })()", "1000000 statements")]
    [InlineData("const all = []; for (;;) all.push('x'.repeat(1000) + all.length)", "128 MiB")]
    [InlineData("const map = new Map(); for (let i = 0; ; i++) map.set(i, [i])", "128 MiB")]
    [InlineData("new Array(1e9).fill(0)", "1000000 elements")]
    [InlineData("new Uint8Array(5e8).length; 1", "128 MiB")]
    [InlineData("'x'.repeat(2 ** 28)", "more than 16777216 characters")]
    [InlineData("'x'.padEnd(2 ** 28)", "more than 16777216 characters")]
    [InlineData("'x'.repeat(1000000).replaceAll('x', 'y'.repeat(2000))", "more than 16777216 characters")]
    [InlineData("'x'.repeat(1000000).replace(/x/g, () => 'y'.repeat(2000))", "more than 16777216 characters")]
    [InlineData("const f = () => f(); f()", "200 deep")]
    [InlineData("const o = { toString() { return '' + this } }; '' + o", "Maximum call stack size exceeded")]
    [InlineData("let a = []; for (let i = 0; i < 100000; i++) a = [a]; JSON.stringify(a)", "Maximum call stack size exceeded")]
    [InlineData("JSON.parse('['.repeat(100000))", "Max. depth level of JSON")]
    [InlineData("/^(a+)+$/.test('a'.repeat(40) + 'b')", "more than 1 s on one text")]
    [InlineData("BigInt(2) ** BigInt(100000)", "BigInt is not available")]
    [InlineData("Date.now()", "Date is not available: a score must be the same")]
    [InlineData("new Date()", "Date is not available")]
    [InlineData("Math.random()", "random is not available")]
    [InlineData("Atomics.wait(new Int32Array(4), 0, 0)", "Atomics is not available")]
    [InlineData("eval('1')", "String compilation has been disabled")]
    [InlineData("new Function('return 1')()", "String compilation has been disabled")]
    [InlineData("(() => {}).constructor('return 1')()", "String compilation has been disabled")]
    [InlineData("require('fs')", "require is not defined")]
    [InlineData("System.IO.File.ReadAllText('x')", "System is not defined")]
    [InlineData("importNamespace('System')", "importNamespace is not defined")]
    public void Score_ScriptThatWouldDoHarm_IsStopped(string script, string reason)
    {
        RewardScore score = Score(script);

        Assert.Null(score.Value);
        Assert.Contains(reason, score.Reason);
    }

    [Fact]
    public void Score_State_IsFreshForEveryCompletion()
    {
        JavaScriptReward reward = Make("globalThis.count = (globalThis.count ?? 0) + 1; Array.prototype.seen = (Array.prototype.seen ?? 0) + 1; count + [].seen");
        ScoringRequest request = Request("abc");

        IReadOnlyList<RewardScore> scores = reward.Score([request, request, request], TestContext.Current.CancellationToken);

        Assert.All(scores, score => Assert.Equal(2, score.Value));
    }

    [Fact]
    public void Score_OneFailure_LeavesTheOthersTheirScores()
    {
        JavaScriptReward reward = Make("if (completion === 'bad') for (;;); 1");

        IReadOnlyList<RewardScore> scores = reward.Score([Request("a"), Request("bad"), Request("c")], TestContext.Current.CancellationToken);

        Assert.Equal([1, null, 1], scores.Select(score => score.Value));
    }

    [Fact]
    public void Score_Cancelled_Stops()
    {
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();

        Assert.Throws<OperationCanceledException>(() => Make("1").Score([Request("a")], cancelled.Token));
    }

    [Fact]
    public void Score_ListWithOneNumberAStep_GivesStepScores()
    {
        JavaScriptReward reward = Make("segments.map(segment => segment === 'c' ? null : segment.length)", "X");

        RewardScore score = reward.Score([Request("abXcXdef")], TestContext.Current.CancellationToken)[0];

        Assert.Equal([(2, 2.0), (4, double.NaN), (7, 3.0)], score.Segments!.Select(step => (step.End, step.Score)));
        Assert.Equal(2.5, score.Value);
    }

    [Theory]
    [InlineData("[1]", "returned 1 scores for 2 segments")]
    [InlineData("[1, 'two']", "returned two as a segment's score")]
    [InlineData("[null, null]", "no segment has a score")]
    public void Score_ListThatDoesNotFit_IsNoScore(string script, string reason) =>
        Assert.Contains(reason, Make(script, "X").Score([Request("aXb")], TestContext.Current.CancellationToken)[0].Reason);

    [Theory]
    [InlineData("1 +", "Unexpected end of input")]
    [InlineData("let a = 1;\nlet a = 2;", "already been declared")]
    [InlineData("", "has 0 characters")]
    [InlineData("2n ** 10n", "has a BigInt on line 1")]
    [InlineData("\nimport('fs')", "has an import on line 2")]
    [InlineData("with (completion) length", "Strict mode")]
    public void Parse_WhatCannotRun_IsRefused(string script, string message) => Assert.Contains(message, Assert.Throws<RewardException>(() => Make(script)).Message, StringComparison.OrdinalIgnoreCase);

    /// <summary>Submitted to the server, these must not fell it.</summary>
    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("[", "", "]")]
    [InlineData("", "1", "+1")]
    [InlineData("!", "1", "")]
    [InlineData("() => ", "1", "")]
    [InlineData("{", "", "}")]
    [InlineData("if (1) ", "1", "")]
    public void Parse_DeepNesting_IsRefused(string before, string middle, string after)
    {
        string script = string.Concat(Enumerable.Repeat(before, 9000)) + middle + string.Concat(Enumerable.Repeat(after, 9000));

        Assert.Throws<RewardException>(() => Make(script));
    }

    private static RewardScore Score(string script) =>
        Make(script).Score([new ScoringRequest(Asked, "It is 4 4", [1, 2, 3], false)], TestContext.Current.CancellationToken)[0];

    private static JavaScriptReward Make(string script, string? stepDelimiter = null) => new(
        new JavaScriptConfig { Name = "script", Script = script, SegmentDelimiter = stepDelimiter },
        stepDelimiter is null ? null : new DelimiterSegmentFinder(TinyTokenizer.Create(), stepDelimiter));

    private static ScoringRequest Request(string completion) => new(new Prompt(0, "p", null, null), completion, TinyTokenizer.Create().Encode(completion, addSpecialTokens: false), false);
}
