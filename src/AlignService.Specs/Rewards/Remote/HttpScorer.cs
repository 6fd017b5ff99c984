using System.Text;
using AlignService.Contracts.Reward.V1;
using AlignService.Text;
using Google.Protobuf;

namespace AlignService.Specs.Rewards.Remote;

/// <summary>The same contract as JSON over HTTP: one POST, whose body is a ScoreRequest and whose answer a ScoreResponse, with the fields' own names.</summary>
internal sealed class HttpScorer(ScorerTarget target, RequestSecrets secrets, NetworkPolicy network) : IScorer
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true).WithFormatDefaultValues(true));
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    private readonly ScorerHttp _http = new(target.Address, secrets, target.Calls, network);

    public string Identity { get; } = $"http {target.Source} {target.Address.AbsoluteUri}";

    public int BatchSize => target.BatchSize;

    public byte[] ContentOf(ScoringUnit unit) => ScorerMessages.ContentOf(unit);

    public async Task<ScorerReply> AskAsync(IReadOnlyList<AskedUnit> batch, CancellationToken cancellationToken)
    {
        byte[] answer = await _http.PostAsync(Encoding.UTF8.GetBytes(Formatter.Format(ScorerMessages.Request(target.Source, batch))), cancellationToken);
        ScoreResponse response;
        try
        {
            response = Parser.Parse<ScoreResponse>(Encoding.UTF8.GetString(answer));
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidJsonException or FormatException or OverflowException or InvalidOperationException)
        {
            throw new ScorerException($"its answer is not a ScoreResponse as JSON: {ShortText.Cut(secrets.Redact(exception.Message), 200)}", isTransient: false);
        }

        return ScorerMessages.Read(response, batch, secrets);
    }

    public void Dispose() => _http.Dispose();
}
