using System.Globalization;
using System.Numerics;
using System.Text;

namespace AlignService.Text.Chat.Values;

/// <summary>Writes a value as JSON, as Python's <c>json.dumps</c> does.</summary>
internal sealed class JsonText(JsonTextOptions options)
{
    private const int DeepestNesting = 200;

    private readonly StringBuilder _text = new();

    public static string Write(object value, JsonTextOptions options)
    {
        var writer = new JsonText(options);
        writer.Append(value, 0);
        return writer._text.ToString();
    }

    private void Append(object value, int depth)
    {
        if (depth > DeepestNesting)
        {
            throw new TemplateFault($"a value is nested deeper than {DeepestNesting}");
        }

        ValueWeight.Require(_text.Length);
        switch (value)
        {
            case string text:
                AppendText(text);
                break;
            case Sequence { Kind: SequenceKind.List or SequenceKind.Tuple } sequence:
                AppendItems('[', ']', depth, sequence.Items, item => Append(item, depth + 1));
                break;
            case Mapping mapping:
                AppendItems('{', '}', depth, Entries(mapping), entry => AppendEntry(entry, depth));
                break;
            default:
                _text.Append(Scalar(value) ?? throw new TemplateFault($"a {TypeNames.Of(value)} cannot be written as JSON"));
                break;
        }
    }

    private static string? Scalar(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        None => "null",
        BigInteger integer => Numbers.Text(integer),
        double.NaN => "NaN",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        double number => ValueText.OfFloat(number),
        _ => null,
    };

    private List<KeyValuePair<object, object>> Entries(Mapping mapping)
    {
        List<KeyValuePair<object, object>> entries = [.. mapping.Entries];
        return options.SortsKeys ? StableSort.Sort(entries, (left, right) => ValueOrder.Holds("<", left.Key, right.Key) ? -1 : 0) : entries;
    }

    private void AppendEntry(KeyValuePair<object, object> entry, int depth)
    {
        AppendText(entry.Key as string ?? Scalar(entry.Key) ?? throw new TemplateFault($"a {TypeNames.Of(entry.Key)} cannot be a key in JSON"));
        _text.Append(options.KeySeparator);
        Append(entry.Value, depth + 1);
    }

    private void AppendItems<T>(char open, char close, int depth, IReadOnlyList<T> items, Action<T> append)
    {
        _text.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            _text.Append(i > 0 ? options.ItemSeparator : "");
            AppendLine(depth + 1);
            ValueWeight.Require(_text.Length);
            append(items[i]);
        }

        if (items.Count > 0)
        {
            AppendLine(depth);
        }

        _text.Append(close);
    }

    private void AppendLine(int depth)
    {
        if (options.Indent is { } indent)
        {
            _text.Append('\n');
            for (int i = 0; i < depth; i++)
            {
                _text.Append(indent);
            }
        }
    }

    private void AppendText(string text)
    {
        _text.Append('"');
        foreach (char unit in text)
        {
            string? escape = unit switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\f' => "\\f",
                '\b' => "\\b",
                < ' ' => Hex(unit),
                > '~' when options.EscapesNonAscii => Hex(unit),
                _ => null,
            };
            _ = escape is null ? _text.Append(unit) : _text.Append(escape);
        }

        _text.Append('"');
    }

    private static string Hex(char unit) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
}

/// <summary>The arguments of the filter <c>tojson</c>.</summary>
internal sealed record JsonTextOptions
{
    /// <summary>Indentation per level; null: everything on one line.</summary>
    public string? Indent { get; init; }

    public string ItemSeparator { get; init; } = ", ";

    public string KeySeparator { get; init; } = ": ";

    public bool EscapesNonAscii { get; init; }

    public bool SortsKeys { get; init; }
}
