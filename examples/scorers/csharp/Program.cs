// A scorer for rewards of the kind `remote`: dotnet run -- PORT [TOKEN]
//
// It needs the proto and a gRPC library, nothing else of AlignService. The score of a completion is the share of its neighbouring letters that are in alphabetical order.
using AlignService.Contracts.Reward.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core;

int port = int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture);
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port, listen => listen.Protocols = HttpProtocols.Http2)); // gRPC without TLS is HTTP/2 alone
builder.Services.AddGrpc();
builder.Services.AddSingleton(new ScorerToken(args.ElementAtOrDefault(1)));
WebApplication application = builder.Build();
application.MapGrpcService<OrderScorer>();
await application.StartAsync();
Console.Out.WriteLine("ready");
await application.WaitForShutdownAsync();

/// <param name="Value">What callers must send; null: nothing.</param>
internal sealed record ScorerToken(string? Value);

internal sealed class OrderScorer(ScorerToken token) : RewardScorer.RewardScorerBase
{
    public override Task<ScoreResponse> Score(ScoreRequest request, ServerCallContext context)
    {
        if (token.Value is { } expected && context.RequestHeaders.GetValue("authorization") != $"Bearer {expected}")
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, "the token is not right"));
        }

        ScoreResponse response = new();
        response.Scores.AddRange(request.Completions.Select(ScoreOf));
        return Task.FromResult(response);
    }

    private static CompletionScore ScoreOf(Completion completion)
    {
        char[] letters = [.. completion.Completion_.Where(char.IsAsciiLetterLower)];
        if (letters.Length < 2)
        {
            // No score is an answer too; it is not taken for 0, and not asked for again.
            return new CompletionScore { Id = completion.Id, NoScore = "it has fewer than two letters" };
        }

        int inOrder = letters.Zip(letters.Skip(1)).Count(pair => pair.First <= pair.Second);
        return new CompletionScore { Id = completion.Id, Score = inOrder / (letters.Length - 1.0) };
    }
}
