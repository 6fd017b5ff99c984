using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Xunit;

namespace AlignService.Server.Tests.Validation;

/// <summary>Rewards are tried on a made-up completion at submit: what can never score is refused, what scores nothing there is a warning.</summary>
public sealed class RewardTrialTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("completoin.length", "completoin is not defined (line 1)")]
    [InlineData("function reward(facts) {\n  return score(facts.completion);\n}", "score is not defined (line 2)")]
    [InlineData("for (;;) {}", "ran for more than 1000000 statements")]
    [InlineData("const f = n => f(n + 1); f(0)", "deep")]
    [InlineData("let a = []; for (let i = 0; i < 900000; i++) a.push('x'.repeat(1000) + i); 1", "the script")]
    [InlineData("/(a+)+$/.test('a'.repeat(40) + 'b') ? 1 : 0", "took more than 1 s")]
    public async Task A_script_that_can_never_score_is_refused(string script, string reason)
    {
        CreateJobResponse response = await ValidateAsync(new RewardSource { Name = "own", JavaScript = new JavaScriptReward { Script = script } });

        SpecViolation violation = Assert.Single(response.Violations);
        Assert.Equal("spec.grpo.rewards[1].java_script.script", violation.Field);
        Assert.Contains(reason, violation.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("JSON.parse(completion).answer", "the script failed")]
    [InlineData("null", "returned null")]
    [InlineData("'good'", "returned a value of the type")]
    [InlineData("metadata.level.length", "the script failed")] // rows may have it
    public async Task A_script_that_gives_one_completion_no_score_is_warned_of(string script, string reason)
    {
        CreateJobResponse response = await ValidateAsync(new RewardSource { Name = "own", JavaScript = new JavaScriptReward { Script = script } });

        Assert.Empty(response.Violations);
        SpecWarning warning = Assert.Single(response.Warnings);
        Assert.Equal("spec.grpo.rewards[1].java_script.script", warning.Field);
        Assert.Contains(reason, warning.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("completion.includes(answer) ? 1 : 0")]
    [InlineData("function reward(facts) { return facts.prompt.length / 100; }")]
    [InlineData("Number(completion.match(/\\d+/)[0]) === 42 ? 1 : 0")]
    [InlineData("1 - tokenCount / 1000")]
    public async Task A_script_that_scores_is_taken(string script)
    {
        CreateJobResponse response = await ValidateAsync(new RewardSource { Name = "own", JavaScript = new JavaScriptReward { Script = script } });

        Assert.Empty(response.Violations);
        Assert.Empty(response.Warnings);
    }

    [Fact]
    public async Task Segments_are_made_up_as_well()
    {
        CreateJobResponse scored = await ValidateAsync(new RewardSource { Name = "own", JavaScript = new JavaScriptReward { Script = "segments.map(s => s.length)", SegmentDelimiter = "\n\n" } });
        CreateJobResponse tokens = await ValidateAsync(new RewardSource { Name = "own", JavaScript = new JavaScriptReward { Script = "segments.map(s => null)", SegmentPerToken = true } });

        Assert.Empty(scored.Violations);
        Assert.Empty(scored.Warnings);
        Assert.Contains("no segment has a score", Assert.Single(tokens.Warnings).Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Patterns_have_a_length()
    {
        string pattern = string.Concat(Enumerable.Repeat("(a)", 4000));
        CreateJobResponse expression = await ValidateAsync(new RewardSource { Name = "p", RegularExpression = new RegularExpressionReward { Pattern = pattern } });
        CreateJobResponse schema = await ValidateAsync(new RewardSource { Name = "p", Json = new JsonReward { Schema = $$"""{"type": "string", "pattern": "{{pattern}}"}""" } });

        Assert.Contains("12000 characters; at most 10000", Assert.Single(expression.Violations).Description, StringComparison.Ordinal);
        Assert.Contains("12000 characters; at most 10000", Assert.Single(schema.Violations).Description, StringComparison.Ordinal);
    }

    /// <summary>The first takes half a minute to compile, the second ten seconds.</summary>
    [Theory]
    [InlineData(900, 1, "has 900 different characters and classes of characters; at most 150 are allowed")]
    [InlineData(140, 20, "has different classes of characters of 3220 characters together; at most 2000 are allowed")]
    public async Task Patterns_have_a_number_of_different_classes(int count, int length, string reason)
    {
        string pattern = string.Concat(Enumerable.Range(0, count).Select(i => $"[^{string.Concat(Enumerable.Range(0, length).Select(j => (char)(0x4e00 + (7 * i) + (31 * j))))}]"));
        CreateJobResponse expression = await ValidateAsync(new RewardSource { Name = "p", RegularExpression = new RegularExpressionReward { Pattern = pattern } });
        CreateJobResponse schema = await ValidateAsync(new RewardSource { Name = "p", Json = new JsonReward { Schema = $$"""{"patternProperties": {"{{pattern}}": true} }""" } });

        Assert.Contains(reason, Assert.Single(expression.Violations).Description, StringComparison.Ordinal);
        Assert.Contains(reason, Assert.Single(schema.Violations).Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(@"\\boxed\{[^}]*\}")]
    [InlineData(@"^\s*(?:(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)\s*$")]
    [InlineData(@"[]a-z[^\]]+[\p{L}\p{IsGreek}-[aeiou]]\u00e4\x41\cA[")]
    [InlineData("(?i)(?<unit>metre|meter|m|千米|公里|キロメートル|километр)s?\\b.*?[.。!?]?$")]
    public async Task Patterns_that_people_write_are_not_too_large(string pattern)
    {
        CreateJobResponse response = await ValidateAsync(new RewardSource { Name = "p", RegularExpression = new RegularExpressionReward { Pattern = pattern } });
        Assert.DoesNotContain("at most", string.Concat(response.Violations.Select(violation => violation.Description)), StringComparison.Ordinal);
    }

    private static async Task<CreateJobResponse> ValidateAsync(RewardSource reward)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        spec.Grpo.Rewards.Add(reward);
        return await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true, ListViolations = true }, cancellationToken: Cancel);
    }
}
