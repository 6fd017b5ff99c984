using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using AlignService.HuggingFace.Integrity;

namespace AlignService.Specs.Rewards.Remote;

/// <summary>
/// One worker's file: a line is the CRC-32C of its JSON, a blank, and the JSON. Lines are only appended. A line that is torn, because its writer was killed or the disk was full,
/// is passed over wherever it stands. A disk that takes nothing costs no job: the scores are used, and asked for again if the worker is lost.
/// </summary>
internal sealed class ScoreJournalFile(string path) : IDisposable
{
    private const int ChecksumLength = 8;

    private readonly Lock _lock = new();
    private FileStream? _stream;
    private bool _isTorn;
    private bool _isDisposed;
    private string? _fault;

    /// <summary>The whole lines of a file, in order.</summary>
    public static IEnumerable<ScoreLine> Read(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.SequentialScan);
        using StreamReader reader = new(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
        while (reader.ReadLine() is { } line)
        {
            if (Parse(line) is { } parsed)
            {
                yield return parsed;
            }
        }
    }

    public void Append(ScoreLine line)
    {
        byte[] text = Format(line);
        lock (_lock)
        {
            if (_isDisposed)
            {
                return; // an attempt that was given up may still be answered when the run is over
            }

            Try(() =>
            {
                bool wasTorn = _isTorn;
                _isTorn = true;
                _stream ??= Open();
                if (wasTorn)
                {
                    _stream.WriteByte((byte)'\n');
                }

                _stream.Write(text);
                _stream.Flush();
                _isTorn = false;
            });
        }
    }

    public void Flush()
    {
        lock (_lock)
        {
            Try(() => _stream?.Flush(flushToDisk: true));
        }
    }

    /// <summary>Why lines could not be written since the last look; null where they could.</summary>
    public string? TakeFault() => Interlocked.Exchange(ref _fault, null);

    public void Dispose()
    {
        lock (_lock)
        {
            Try(() => _stream?.Dispose());
            (_stream, _isDisposed) = (null, true);
        }
    }

    /// <summary>The same worker continues its own file, whose last line may be torn.</summary>
    private FileStream Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // a file in a job's folder
        FileStream stream = new(path, FileMode.Append, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        if (stream.Position > 0)
        {
            stream.WriteByte((byte)'\n');
        }

        return stream;
    }

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _fault = exception.Message;
        }
    }

    private static byte[] Format(ScoreLine line)
    {
        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            writer.WriteString("k", line.Key.ToString("x32", CultureInfo.InvariantCulture));
            writer.WriteNumber("m", line.Moment);
            writer.WriteNumber("r", line.Generation);
            if (line.Fault is { } fault)
            {
                writer.WriteString("f", Encoding.UTF8.GetBytes(fault));
            }
            else
            {
                writer.WriteStartArray("a");
                foreach (ScoreAnswer answer in line.Answers)
                {
                    Write(writer, answer);
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        return [.. Encoding.ASCII.GetBytes($"{Crc32C.ToText(Crc32C.Of(json.WrittenSpan))} "), .. json.WrittenSpan, (byte)'\n'];
    }

    /// <summary>A number is a score, text a reason, a list the scores of segments.</summary>
    private static void Write(Utf8JsonWriter writer, ScoreAnswer answer)
    {
        if (answer.Segments is { } segments)
        {
            writer.WriteStartArray();
            foreach (double? segment in segments)
            {
                Write(writer, segment);
            }

            writer.WriteEndArray();
        }
        else if (answer.Score is null)
        {
            writer.WriteStringValue(Encoding.UTF8.GetBytes(answer.NoScore ?? "")); // halves of surrogate pairs are replaced
        }
        else
        {
            Write(writer, answer.Score);
        }
    }

    private static void Write(Utf8JsonWriter writer, double? score)
    {
        if (score is { } value)
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    /// <summary>Null for a line that is not as it was written.</summary>
    private static ScoreLine? Parse(string line)
    {
        if (line.Length <= ChecksumLength + 1 || !uint.TryParse(line.AsSpan(0, ChecksumLength), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint checksum))
        {
            return null;
        }

        byte[] json = Encoding.UTF8.GetBytes(line[(ChecksumLength + 1)..]);
        if (Crc32C.Of(json) != checksum)
        {
            return null;
        }

        JsonElement root = JsonElement.Parse(json);
        return new ScoreLine(
            UInt128.Parse(root.GetProperty("k").GetString()!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), // what passes the checksum was written above
            root.GetProperty("m").GetInt32(),
            root.GetProperty("r").GetInt32(),
            root.TryGetProperty("a", out JsonElement answers) ? [.. answers.EnumerateArray().Select(Answer)] : [],
            root.TryGetProperty("f", out JsonElement fault) ? fault.GetString() : null);
    }

    private static ScoreAnswer Answer(JsonElement answer) => answer.ValueKind switch
    {
        JsonValueKind.Number => ScoreAnswer.Of(answer.GetDouble()),
        JsonValueKind.Array => new(null, null, [.. answer.EnumerateArray().Select(segment => segment.ValueKind == JsonValueKind.Number ? segment.GetDouble() : (double?)null)]),
        _ => ScoreAnswer.None(answer.GetString() ?? ""),
    };
}
