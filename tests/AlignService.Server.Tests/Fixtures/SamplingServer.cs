using System.Collections.Concurrent;
using System.Text;
using AlignService.Contracts.V1;
using AlignService.Jobs.Sampling;
using AlignService.Jobs.Supervision;
using AlignService.Server.Hosting;
using AlignService.Testing;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>A server that loads models in real processes, with a clock that only the test moves.</summary>
internal sealed class SamplingServer : IAsyncDisposable
{
    /// <summary>The demo's policy: small, real, always there, and without a chat template.</summary>
    public static string Policy { get; } = Path.Combine(Repository.Root, "src", "AlignService.Cli", "Demo", "assets", "policy");

    private SamplingServer(TestServer server, FakeTimeProvider time, SamplingEvents events)
    {
        (Server, Time, Events) = (server, time, events);
        Client = new SamplingService.SamplingServiceClient(server.Channel);
    }

    public TestServer Server { get; }

    public FakeTimeProvider Time { get; }

    public SamplingEvents Events { get; }

    public SamplingService.SamplingServiceClient Client { get; }

    public ModelProcesses Processes => Server.Services.GetRequiredService<ModelProcesses>();

    public static async Task<SamplingServer> StartAsync(CancellationToken cancellationToken, Func<HostSettings, HostSettings>? change = null)
    {
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        SamplingEvents events = new();
        return new SamplingServer(await TestServer.StartAsync(settings => (change ?? (same => same))(settings with { Roots = ["/"] }), Configure, cancellationToken), time, events);

        void Configure(WebApplicationBuilder builder)
        {
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.Services.AddSingleton<WorkerProgram>(AlignProgram.AsWorker);
            builder.Services.AddSingleton<ILogger<ModelProcesses>>(events);
        }
    }

    /// <summary>Continues a text to its end.</summary>
    public Task<SampledText> SampleAsync(SampleRequest request, CancellationToken cancellationToken, Metadata? credentials = null) => SampledText.ReadAsync(Client.Sample(request, credentials, cancellationToken: cancellationToken), cancellationToken);

    public static SampleRequest Raw(string model, string text, double temperature = 0, int? maxTokens = null)
    {
        SampleRequest request = new() { Model = model, Prompt = new Prompt { Text = text }, Sampling = new AnswerSampling { Temperature = temperature } };
        if (maxTokens is { } most)
        {
            request.Sampling.MaxCompletionLength = most;
        }

        return request;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>A stream that was read to its end.</summary>
internal sealed record SampledText(SampleStart Start, IReadOnlyList<SamplePiece> Pieces, SampleEnd End)
{
    public string Text => string.Concat(Pieces.Select(piece => piece.Text));

    public static async Task<SampledText> ReadAsync(AsyncServerStreamingCall<SampleResponse> call, CancellationToken cancellationToken)
    {
        using (call)
        {
            SampleStart? start = null;
            SampleEnd? end = null;
            List<SamplePiece> pieces = [];
            while (await call.ResponseStream.MoveNext(cancellationToken))
            {
                SampleResponse response = call.ResponseStream.Current;
                start ??= response.Start;
                end ??= response.End;
                if (response.Piece is { } piece)
                {
                    // A lone surrogate throws here.
                    _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(piece.Text);
                    pieces.Add(piece);
                }
            }

            return new SampledText(start!, pieces, end!);
        }
    }
}

/// <summary>What happened to models, by the log; whoever waits for an event has it.</summary>
internal sealed class SamplingEvents : ILogger<ModelProcesses>
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _first = [];

    /// <summary>The text of the first event of the name.</summary>
    public Task<string> FirstAsync(string name, CancellationToken cancellationToken) => Of(name).Task.WaitAsync(cancellationToken);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Of(eventId.Name ?? "").TrySetResult(formatter(state, exception));

    private TaskCompletionSource<string> Of(string name) => _first.GetOrAdd(name, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
