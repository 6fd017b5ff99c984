using System.Text;
using System.Text.Json;
using AlignService.Cli.Output;

namespace AlignService.Cli.JobFiles;

/// <summary>Reads JSON into <see cref="SourceNode"/>s. Comments and trailing commas are allowed.</summary>
internal sealed class JsonSource
{
    private static readonly JsonReaderOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 32 };

    private readonly byte[] _bytes;
    private readonly string _path;
    private int _line = 1;
    private int _counted;

    private JsonSource(string text, string path)
    {
        _bytes = Encoding.UTF8.GetBytes(text);
        _path = path;
    }

    public static SourceNode Read(string text, string path)
    {
        try
        {
            return new JsonSource(text, path).ReadDocument();
        }
        catch (JsonException exception)
        {
            string reason = exception.Message.Split(" LineNumber:")[0];
            throw Invalid(path, reason, (int)(exception.LineNumber ?? 0) + 1);
        }
    }

    private SourceNode ReadDocument()
    {
        var reader = new Utf8JsonReader(_bytes, Options);
        reader.Read();
        SourceNode node = Value(ref reader);
        reader.Read(); // throws where more than white space follows
        return node;
    }

    private SourceNode Value(ref Utf8JsonReader reader)
    {
        int line = Line(reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return Map(ref reader, line);
            case JsonTokenType.StartArray:
                var items = new List<SourceNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Value(ref reader));
                }

                return new SourceList(items, line);
            case JsonTokenType.String:
                return new SourceScalar(Text(ref reader), false, line);
            case JsonTokenType.Null:
                return new SourceScalar("", true, line);
            default:
                return new SourceScalar(Encoding.UTF8.GetString(reader.ValueSpan), false, line);
        }
    }

    private SourceMap Map(ref Utf8JsonReader reader, int line)
    {
        var entries = new List<SourceEntry>();
        HashSet<string> keys = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string key = Text(ref reader);
            int keyLine = Line(reader.TokenStartIndex);
            if (!keys.Add(key))
            {
                throw Invalid(_path, $"The key \"{SourceNode.Shortened(key)}\" is given twice.", keyLine);
            }

            reader.Read();
            entries.Add(new SourceEntry(key, Value(ref reader), keyLine));
        }

        return new SourceMap(entries, line);
    }

    /// <summary>Tokens come in order, so that every line is counted once.</summary>
    private int Line(long offset)
    {
        _line += _bytes.AsSpan(_counted, (int)offset - _counted).Count((byte)'\n');
        _counted = (int)offset;
        return _line;
    }

    /// <summary>A text with half of a surrogate pair is one that <see cref="SourceText"/> finds, with its field.</summary>
    private static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return "\ud800";
        }
    }

    private static CommandException Invalid(string path, string message, int line) =>
        new(ExitCode.BadInput, $"{path} is not a valid JSON job file.", [new Fault("", message, line)], path);
}
