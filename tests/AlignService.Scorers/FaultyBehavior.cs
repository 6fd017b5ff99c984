using System.Collections.Concurrent;
using AlignService.Contracts.Reward.V1;
using Microsoft.AspNetCore.Http;

namespace AlignService.Scorers;

/// <summary>What can go wrong with a call.</summary>
public enum ScorerFault
{
    None,

    // What may pass: another attempt can succeed.
    Unavailable,
    TooManyRequests,
    ClosesConnection,
    DiesInTheAnswer,
    Hangs,
    Slow,

    // What does not pass.
    Refuses,
    Redirects,
    WrongContentType,
    Garbage,
    EndlessAnswer,
    Empty,

    // Lies.
    NotANumber,
    Infinite,
    MissingId,
    UnknownId,
    RepeatedId,
    NoResult,
}

/// <summary>A scorer that does something wrong with a share of its calls; what, and with which, depends only on the seed and the number of the call.</summary>
/// <param name="seed">Of the faults.</param>
/// <param name="share">Of calls with a fault.</param>
/// <param name="faults">Those that occur.</param>
public sealed class FaultyBehavior(int seed, double share, IReadOnlyList<ScorerFault> faults) : ScorerBehavior
{
    private const string Key = "fault";
    private static readonly byte[] Block = new byte[1 << 20];
    private static readonly TimeSpan SlowTime = TimeSpan.FromMilliseconds(200);

    private int _number;

    public static IReadOnlyList<ScorerFault> Passing { get; } =
        [ScorerFault.Unavailable, ScorerFault.TooManyRequests, ScorerFault.ClosesConnection, ScorerFault.DiesInTheAnswer, ScorerFault.Hangs, ScorerFault.Slow];

    public static IReadOnlyList<ScorerFault> All { get; } = [.. Enum.GetValues<ScorerFault>().Where(fault => fault != ScorerFault.None)];

    /// <summary>How often each fault occurred.</summary>
    public ConcurrentDictionary<ScorerFault, int> Injected { get; } = new();

    public override async Task<bool> InterceptAsync(HttpContext context, int number)
    {
        ScorerFault fault = Draw();
        Injected.AddOrUpdate(fault, 1, static (_, count) => count + 1);
        context.Items[Key] = fault;
        bool isGrpc = context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) ?? false;
        switch (fault)
        {
            case ScorerFault.Unavailable:
                return await EndAsync(context, StatusCodes.Status503ServiceUnavailable);
            case ScorerFault.TooManyRequests:
                return await EndAsync(context, StatusCodes.Status429TooManyRequests);
            case ScorerFault.ClosesConnection:
                context.Abort();
                return true;
            case ScorerFault.DiesInTheAnswer:
                await StartAnswerAsync(context, isGrpc);
                await context.Response.Body.WriteAsync(isGrpc ? new byte[] { 0, 0, 0, 1, 0, 10, 20, 30 } : "{\"scores\": [{\"id\""u8.ToArray(), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                context.Abort();
                return true;
            case ScorerFault.Hangs:
                await UntilGoneAsync(context);
                return true;
            case ScorerFault.Slow:
#pragma warning disable RS0030 // a scorer that is slow
                await Task.Delay(SlowTime, context.RequestAborted);
#pragma warning restore RS0030
                return false;
            case ScorerFault.Refuses:
                return await EndAsync(context, StatusCodes.Status400BadRequest);
            case ScorerFault.Redirects:
                context.Response.Headers.Location = "http://169.254.169.254/latest/meta-data";
                return await EndAsync(context, StatusCodes.Status302Found);
            case ScorerFault.WrongContentType:
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync("<html>Welcome to nginx!</html>", context.RequestAborted);
                return true;
            case ScorerFault.Garbage:
                await StartAnswerAsync(context, isGrpc);
                await context.Response.Body.WriteAsync(isGrpc ? new byte[] { 0, 0, 0, 0, 4, 255, 255, 255, 255 } : "}{ NaN, 0, [0"u8.ToArray(), context.RequestAborted);
                return true;
            case ScorerFault.EndlessAnswer:
                await StartAnswerAsync(context, isGrpc);
                await WriteEndlesslyAsync(context, isGrpc);
                return true;
            default:
                return false;
        }
    }

    public override async Task<ScoreResponse> ScoreAsync(ScoreRequest request, ScorerCall call)
    {
        ScoreResponse response = await base.ScoreAsync(request, call);
        switch (FaultOf(call))
        {
            case ScorerFault.Empty:
                response.Scores.Clear();
                break;
            case ScorerFault.NotANumber:
                response.Scores[0].Score = double.NaN;
                break;
            case ScorerFault.Infinite:
                response.Scores[^1].Score = double.NegativeInfinity;
                break;
            case ScorerFault.MissingId:
                response.Scores.RemoveAt(response.Scores.Count / 2);
                break;
            case ScorerFault.UnknownId:
                response.Scores.Add(new CompletionScore { Id = "someone-else", Score = 0 });
                response.Scores[0].Id = "nobody";
                break;
            case ScorerFault.RepeatedId:
                response.Scores.Add(new CompletionScore { Id = response.Scores[0].Id, Score = 0 });
                break;
            case ScorerFault.NoResult:
                response.Scores[0].ClearResult();
                break;
        }

        return response;
    }

    /// <summary>What a judge's lie is: something without a verdict.</summary>
    public override Task<string> JudgeAsync(string request, ScorerCall call) => FaultOf(call) switch
    {
        ScorerFault.Empty => Task.FromResult("{}"),
        ScorerFault.MissingId => Task.FromResult("{\"choices\": []}"),
        ScorerFault.UnknownId => Task.FromResult("{\"choices\": [{\"message\": {\"content\": 0}}]}"),
        ScorerFault.RepeatedId => Task.FromResult(Chat("I would say", finishReason: "length")),
        ScorerFault.NotANumber => Task.FromResult(Chat("NaN")),
        ScorerFault.Infinite => Task.FromResult(Chat("1e999999 points, or rather 10000000000000000000000000000000")),
        ScorerFault.NoResult => Task.FromResult(Chat("")),
        _ => base.JudgeAsync(request, call),
    };

    private static ScorerFault FaultOf(ScorerCall call) => call.Context.Items[Key] as ScorerFault? ?? ScorerFault.None;

    private ScorerFault Draw()
    {
        Random random = new(unchecked(seed * 1_000_003 + Interlocked.Increment(ref _number)));
        return random.NextDouble() < share ? faults[random.Next(faults.Count)] : ScorerFault.None;
    }

    private static async Task<bool> EndAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        await context.Response.CompleteAsync();
        return true;
    }

    private static Task StartAnswerAsync(HttpContext context, bool isGrpc)
    {
        context.Response.ContentType = isGrpc ? "application/grpc" : "application/json";
        return context.Response.StartAsync(context.RequestAborted);
    }

    private static async Task UntilGoneAsync(HttpContext context)
    {
        TaskCompletionSource gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }

    /// <summary>A gigabyte, as far as the other side takes it.</summary>
    private static async Task WriteEndlesslyAsync(HttpContext context, bool isGrpc)
    {
        byte[] start = isGrpc ? [0, 0x40, 0, 0, 0] : "{\"scores\": [{\"id\": \""u8.ToArray();
        await context.Response.Body.WriteAsync(start, context.RequestAborted);
        for (int i = 0; i < 1024 && !context.RequestAborted.IsCancellationRequested; i++)
        {
            await context.Response.Body.WriteAsync(Block, context.RequestAborted);
        }
    }
}
