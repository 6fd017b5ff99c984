using System.Globalization;
using System.Text.Json;
using AlignService.Contracts.Reward.V1;
using Microsoft.AspNetCore.Http;

namespace AlignService.Scorers;

/// <summary>What a scorer does with a call. This one is as it should be; others do something else in one place.</summary>
public class ScorerBehavior
{
    /// <summary>The right score of a completion: never 0, and the same wherever it is computed.</summary>
    public static double ScoreOf(string completion) => 1 + completion.Sum(character => character * 0.37) % 1;

    /// <summary>Before anything of the call is read.</summary>
    /// <param name="context">Of the call.</param>
    /// <param name="number">Attempts that arrived so far, from 1.</param>
    /// <returns>Whether the call is done with.</returns>
    public virtual Task<bool> InterceptAsync(HttpContext context, int number) => Task.FromResult(false);

    /// <param name="request">What is asked.</param>
    /// <param name="call">How it came.</param>
    public virtual Task<ScoreResponse> ScoreAsync(ScoreRequest request, ScorerCall call)
    {
        ScoreResponse response = new();
        response.Scores.AddRange(request.Completions.Select(Score));
        return Task.FromResult(response);
    }

    /// <summary>A chat completion as JSON.</summary>
    /// <param name="request">The body.</param>
    /// <param name="call">How it came.</param>
    public virtual Task<string> JudgeAsync(string request, ScorerCall call) => Task.FromResult(Chat(Verdict(request)));

    /// <summary>The answer of a model as an endpoint sends it.</summary>
    public static string Chat(string content, string finishReason = "stop", int tokens = 30) => JsonSerializer.Serialize(new
    {
        choices = new[] { new { index = 0, message = new { role = "assistant", content }, finish_reason = finishReason } },
        usage = new { prompt_tokens = tokens - 10, completion_tokens = 10, total_tokens = tokens },
    });

    protected virtual CompletionScore Score(Completion completion) => new() { Id = completion.Id, Score = ScoreOf(completion.Completion_) };

    /// <summary>What the judge writes about the last message of a request.</summary>
    protected virtual string Verdict(string request) => string.Create(CultureInfo.InvariantCulture, $"It is well done.\n\n{ScoreOf(LastMessage(request)):0.000000}");

    protected static string LastMessage(string request)
    {
        using JsonDocument json = JsonDocument.Parse(request);
        return json.RootElement.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetString()!;
    }
}

/// <summary>An attempt at a call that is answered.</summary>
/// <param name="Context">Of the request.</param>
/// <param name="Attempt">At this very call, from 1.</param>
public sealed record ScorerCall(HttpContext Context, int Attempt);

/// <summary>A behaviour made of functions; those that are not given do what is right.</summary>
public sealed class ScorerScript : ScorerBehavior
{
    public Func<HttpContext, int, Task<bool>>? Intercept { get; init; }

    public Func<ScoreRequest, ScorerCall, Task<ScoreResponse>>? Answer { get; init; }

    public Func<Completion, CompletionScore>? One { get; init; }

    public Func<string, string>? Judge { get; init; }

    public override Task<bool> InterceptAsync(HttpContext context, int number) => Intercept?.Invoke(context, number) ?? base.InterceptAsync(context, number);

    public override Task<ScoreResponse> ScoreAsync(ScoreRequest request, ScorerCall call) => Answer?.Invoke(request, call) ?? base.ScoreAsync(request, call);

    public override Task<string> JudgeAsync(string request, ScorerCall call) => Judge is { } judge ? Task.FromResult(judge(request)) : base.JudgeAsync(request, call);

    protected override CompletionScore Score(Completion completion) => One?.Invoke(completion) ?? base.Score(completion);
}
