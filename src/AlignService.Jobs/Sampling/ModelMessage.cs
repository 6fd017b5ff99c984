using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AlignService.Jobs.Sampling;

/// <summary>
/// What a server and the process of a loaded model say to each other: a JSON document per line, on the process's standard input and output. Pipes need no name, no port and no permission, and both sides
/// notice at once when the other has died.
/// </summary>
internal static class ModelMessage
{
    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>With its line end.</summary>
    public static byte[] Write<T>(T message) => [.. JsonSerializer.SerializeToUtf8Bytes(message, Json), (byte)'\n'];

    /// <summary>Null for a line that is no such message: something else wrote to the same pipe.</summary>
    public static T? TryRead<T>(string line)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Lines as the other side writes them.</summary>
    public static StreamReader Reader(Stream stream) => new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), detectEncodingFromByteOrderMarks: false);
}

/// <summary>To the process.</summary>
/// <param name="Call">Names the call.</param>
/// <param name="Order">What to sample; null: drop the call.</param>
internal sealed record ModelCommand(long Call, SampleOrder? Order);

/// <summary>From the process. Without a call: it has loaded the model, or says what keeps it from that.</summary>
internal sealed record ModelReply
{
    /// <summary>Names the call; 0: about the model.</summary>
    public long Call { get; init; }

    public SampledPiece? Piece { get; init; }

    /// <summary>Why there is nothing to sample.</summary>
    public string? Fault { get; init; }

    /// <summary>Whether nothing about the call follows.</summary>
    [JsonIgnore]
    public bool IsLast => Fault is not null || Piece?.FinishReason is not null;
}
