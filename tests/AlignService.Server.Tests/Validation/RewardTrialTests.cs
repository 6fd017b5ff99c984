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

    private static async Task<CreateJobResponse> ValidateAsync(RewardSource reward)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        spec.Grpo.Rewards.Add(reward);
        return await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true, ListViolations = true }, cancellationToken: Cancel);
    }
}
