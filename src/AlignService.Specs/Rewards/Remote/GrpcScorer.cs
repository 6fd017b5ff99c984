using AlignService.Contracts.Reward.V1;
using AlignService.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace AlignService.Specs.Rewards.Remote;

/// <summary>A scorer that implements align.reward.v1.RewardScorer.</summary>
internal sealed class GrpcScorer : IScorer
{
    /// <summary>What the client itself says of an answer that is too long, by the same status as a server without room.</summary>
    private const string TooLong = "Received message exceeds";

    /// <summary>And of an answer that is not gRPC.</summary>
    private const string NotGrpc = "Bad gRPC response";

    private readonly string _source;
    private readonly RequestSecrets _secrets;
    private readonly Metadata _headers = [];
    private readonly GrpcChannel _channel;
    private readonly RewardScorer.RewardScorerClient _client;

    public GrpcScorer(ScorerTarget target, RequestSecrets secrets, NetworkPolicy network)
    {
        (_source, _secrets, BatchSize) = (target.Source, secrets, target.BatchSize);
        Identity = $"remote {target.Source} {target.Address.AbsoluteUri}";
        foreach ((string name, string value) in secrets.Headers)
        {
            _headers.Add(name, value);
        }

        _channel = GrpcChannel.ForAddress(target.Address, new GrpcChannelOptions
        {
            HttpHandler = ScorerHttp.CreateHandler(target.Calls, network, usesProxy: target.Address.Scheme == Uri.UriSchemeHttps), // without TLS a proxy cannot carry it
            DisposeHttpClient = true,
            MaxReceiveMessageSize = ScorerHttp.MaxAnswerBytes,
            CompressionProviders = [], // an answer has the length that it says
        });
        _client = new(_channel);
    }

    public string Identity { get; }

    public int BatchSize { get; }

    public byte[] ContentOf(ScoringUnit unit) => ScorerMessages.ContentOf(unit);

    public async Task<ScorerReply> AskAsync(IReadOnlyList<AskedUnit> batch, CancellationToken cancellationToken)
    {
        try
        {
            return ScorerMessages.Read(await _client.ScoreAsync(ScorerMessages.Request(_source, batch), _headers, cancellationToken: cancellationToken), batch, _secrets);
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            // A connection that was not made, or broke, has its cause with it.
            throw exception.Status.DebugException is HttpRequestException or IOException and not InvalidProtocolBufferException
                ? ScorerHttp.FaultOf(exception.Status.DebugException)
                : new ScorerException($"it answered {exception.StatusCode}: {ShortText.Cut(_secrets.Redact(exception.Status.Detail), 300)}", IsTransient(exception.Status));
        }
    }

    public void Dispose() => _channel.Dispose();

    private static bool IsTransient(Status status) => status.DebugException is not InvalidProtocolBufferException && status.StatusCode switch
    {
        StatusCode.Unavailable or StatusCode.Aborted or StatusCode.DeadlineExceeded => true,
        StatusCode.ResourceExhausted => !status.Detail.StartsWith(TooLong, StringComparison.Ordinal),
        StatusCode.Internal => status.DebugException is null && !status.Detail.StartsWith(NotGrpc, StringComparison.Ordinal),
        _ => false,
    };
}
