using System.Text;
using System.Text.Json;
using AlignService.Cli.Output;

namespace AlignService.Cli.JobFiles;

/// <summary>Reads JSON into <see cref="SourceNode"/>s. Comments and trailing commas are allowed.</summary>
internal static class JsonSource
{
    private static readonly JsonReaderOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 32 };

    public static SourceNode Read(string text, string path)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, Options);
        try
        {
            reader.Read();
            var node = Value(ref reader, bytes, path);
            reader.Read(); // throws where more than white space follows
            return node;
        }
        catch (JsonException exception)
        {
            string reason = exception.Message.Split(" LineNumber:")[0];
            throw Invalid(path, reason, (int)(exception.LineNumber ?? 0) + 1);
        }
    }

    private static SourceNode Value(ref Utf8JsonReader reader, byte[] bytes, string path)
    {
        int line = Line(bytes, reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return Map(ref reader, bytes, path, line);
            case JsonTokenType.StartArray:
                var items = new List<SourceNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Value(ref reader, bytes, path));
                }

                return new SourceList(items, line);
            case JsonTokenType.String:
                return new SourceScalar(reader.GetString() ?? "", false, line);
            case JsonTokenType.Null:
                return new SourceScalar("", true, line);
            default:
                return new SourceScalar(Encoding.UTF8.GetString(reader.ValueSpan), false, line);
        }
    }

    private static SourceMap Map(ref Utf8JsonReader reader, byte[] bytes, string path, int line)
    {
        var entries = new List<SourceEntry>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string key = reader.GetString() ?? "";
            int keyLine = Line(bytes, reader.TokenStartIndex);
            if (entries.Any(entry => entry.Key == key))
            {
                throw Invalid(path, $"The key \"{key}\" is given twice.", keyLine);
            }

            reader.Read();
            entries.Add(new SourceEntry(key, Value(ref reader, bytes, path), keyLine));
        }

        return new SourceMap(entries, line);
    }

    private static int Line(byte[] bytes, long offset) => bytes.AsSpan(0, (int)offset).Count((byte)'\n') + 1;

    private static CommandException Invalid(string path, string message, int line) =>
        new(ExitCode.BadInput, $"{path} is not a valid JSON job file.", [new Fault("", message, line)], path);
}
