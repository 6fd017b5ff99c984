using System.Text;
using AlignService.Specs.Data.Files;

namespace AlignService.Specs.Data.Formats;

/// <summary>The fields of one record of a CSV or TSV file, read line by line.</summary>
/// <param name="line">Its first line's number.</param>
/// <param name="delimiter">Between fields.</param>
internal sealed class DelimitedRecord(long line, char delimiter)
{
    private const char Quote = '"';

    private readonly List<string?> _values = [];
    private readonly StringBuilder _quoted = new();
    private bool _isInQuotes, _isBytes;

    public long Line => line;

    /// <summary>Null is a field that is empty without quotes.</summary>
    public IReadOnlyList<string?> Values => _values;

    /// <summary>Why it is not a record; null where it is.</summary>
    public string? Fault { get; private set; }

    /// <summary>Reads a line; true where the record goes on in the next one. One that is not UTF-8 is read byte by byte, so that the field with the fault is found.</summary>
    /// <exception cref="DataException">A quoted field is longer than a row may be.</exception>
    public bool Add(ReadOnlySpan<byte> line)
    {
        _isBytes |= ExactText.FindFault(line) is not null;
        return Add(_isBytes ? Encoding.Latin1.GetString(line) : RowText.Decode(line));
    }

    /// <summary>Why a field of a record with bytes that are not UTF-8 is not text; null where it is.</summary>
    public string? FindFault(int index) => _isBytes ? ExactText.FindFault(Encoding.Latin1.GetBytes(_values[index] ?? "")) : null;

    private bool Add(string text)
    {
        int at = 0;
        if (_isInQuotes)
        {
            _quoted.Append('\n');
            at = ReadQuoted(text, 0);
        }
        else
        {
            at = ReadField(text, 0);
        }

        while (!_isInQuotes && at < text.Length)
        {
            // Between fields; the last one may be empty.
            at = ReadField(text, at + 1);
        }

        return _isInQuotes;
    }

    /// <summary>The file ends before the quotes do.</summary>
    public void EndInQuotes() => Fault = "a quoted field that begins here never ends; double the quotes within quoted fields";

    /// <summary>Returns where the field ends: at a delimiter, or the line's end.</summary>
    private int ReadField(string text, int start)
    {
        if (start < text.Length && text[start] == Quote)
        {
            _isInQuotes = true;
            return ReadQuoted(text, start + 1);
        }

        int end = text.IndexOf(delimiter, start);
        end = end < 0 ? text.Length : end;
        _values.Add(end == start ? null : text[start..end]);
        return end;
    }

    private int ReadQuoted(string text, int start)
    {
        int at = start;
        while (true)
        {
            int quote = text.IndexOf(Quote, at);
            _quoted.Append(text, at, (quote < 0 ? text.Length : quote) - at);
            if (_quoted.Length > FilePolicy.MaxRowBytes)
            {
                throw new DataException($"line {line} begins a quoted field of more than {FilePolicy.MaxRowBytes >> 20} MiB, which is the most that is read for one row; does its quote end?");
            }

            if (quote < 0)
            {
                return text.Length;
            }

            if (quote + 1 < text.Length && text[quote + 1] == Quote)
            {
                _quoted.Append(Quote);
                at = quote + 2;
                continue;
            }

            return EndQuoted(text, quote + 1);
        }
    }

    private int EndQuoted(string text, int at)
    {
        _isInQuotes = false;
        _values.Add(_quoted.ToString());
        _quoted.Clear();
        int end = text.IndexOf(delimiter, at);
        end = end < 0 ? text.Length : end;
        if (end > at)
        {
            Fault ??= "text follows the closing quote of a field; double the quotes within quoted fields";
        }

        return end;
    }
}
