using System.Collections.Concurrent;
using System.Text;
using AlignService.Contracts.Reward.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AlignService.Scorers;

/// <summary>
/// Scorers as users run them, on ports of this machine: align.reward.v1.RewardScorer over gRPC, the same as JSON over HTTP, and a chat endpoint that judges. Each call passes a
/// <see cref="ScorerBehavior"/>, which may do anything to it.
/// </summary>
public sealed class ScorerServer : IAsyncDisposable
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    private readonly WebApplication _application;
    private readonly ConcurrentQueue<ReceivedCall> _calls = new();
    private readonly ConcurrentDictionary<string, int> _attempts = new();

    private ScorerServer(ScorerBehavior behavior)
    {
        Behavior = behavior;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc(grpc => (grpc.MaxReceiveMessageSize, grpc.MaxSendMessageSize) = (null, null));
        builder.Services.AddSingleton(this);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.ListenLocalhostOnAnyPort(HttpProtocols.Http2);
            kestrel.ListenLocalhostOnAnyPort(HttpProtocols.Http1);
        });
        _application = builder.Build();
        _application.Use(ReceiveAsync);
        _application.MapGrpcService<GrpcService>();
        _application.MapPost("/score", ScoreAsync);
        _application.MapPost("/v1/chat/completions", JudgeAsync);
    }

    /// <summary>What happens to calls from now on.</summary>
    public ScorerBehavior Behavior { get; set; }

    /// <summary>Of the gRPC service.</summary>
    public string GrpcAddress { get; private set; } = "";

    /// <summary>Of the POST.</summary>
    public string HttpUrl { get; private set; } = "";

    /// <summary>Of the chat endpoint, without /chat/completions.</summary>
    public string JudgeUrl { get; private set; } = "";

    /// <summary>Every attempt that arrived, in order.</summary>
    public IReadOnlyList<ReceivedCall> Calls => [.. _calls];

    /// <summary>How often each completion was asked for in calls that were answered whole; judges: each request's text.</summary>
    public ConcurrentDictionary<string, int> Answered { get; } = new();

    public static async Task<ScorerServer> StartAsync(ScorerBehavior behavior, CancellationToken cancellationToken)
    {
        ScorerServer server = new(behavior);
        await server._application.StartAsync(cancellationToken);
        string[] addresses = [.. server._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];
        (server.GrpcAddress, server.HttpUrl, server.JudgeUrl) = (addresses[0], $"{addresses[1]}/score", $"{addresses[1]}/v1");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await _application.StopAsync(atOnce.Token);
        await _application.DisposeAsync();
    }

    /// <summary>Notes the call, and lets the behaviour do what it does before anything is read.</summary>
    private async Task ReceiveAsync(HttpContext context, RequestDelegate next)
    {
        _calls.Enqueue(new ReceivedCall(context.Request.Path, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        if (!await Behavior.InterceptAsync(context, _calls.Count))
        {
            await next(context);
        }
    }

    private async Task<ScoreResponse> AnswerAsync(ScoreRequest request, HttpContext context)
    {
        ScoreResponse response = await Behavior.ScoreAsync(request, new ScorerCall(context, _attempts.AddOrUpdate(request.RequestId, 1, static (_, count) => count + 1)));
        foreach (Completion completion in request.Completions)
        {
            Answered.AddOrUpdate(completion.Id, 1, static (_, count) => count + 1);
        }

        return response;
    }

    private async Task ScoreAsync(HttpContext context)
    {
        using StreamReader reader = new(context.Request.Body, Encoding.UTF8);
        ScoreResponse response = await AnswerAsync(Parser.Parse<ScoreRequest>(await reader.ReadToEndAsync(context.RequestAborted)), context);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(JsonFormatter.Default.Format(response), context.RequestAborted);
    }

    private async Task JudgeAsync(HttpContext context)
    {
        using StreamReader reader = new(context.Request.Body, Encoding.UTF8);
        string request = await reader.ReadToEndAsync(context.RequestAborted);
        string answer = await Behavior.JudgeAsync(request, new ScorerCall(context, _attempts.AddOrUpdate(request, 1, static (_, count) => count + 1)));
        Answered.AddOrUpdate(request, 1, static (_, count) => count + 1);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer, context.RequestAborted);
    }

    private sealed class GrpcService(ScorerServer server) : RewardScorer.RewardScorerBase
    {
        public override Task<ScoreResponse> Score(ScoreRequest request, ServerCallContext context) => server.AnswerAsync(request, context.GetHttpContext());
    }
}

/// <summary>One attempt at a call, as it arrived.</summary>
/// <param name="Path">Of the request.</param>
/// <param name="Headers">By name, in any case.</param>
public sealed record ReceivedCall(string Path, IReadOnlyDictionary<string, string> Headers);

internal static class KestrelPorts
{
    public static void ListenLocalhostOnAnyPort(this KestrelServerOptions kestrel, HttpProtocols protocols) => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
}
