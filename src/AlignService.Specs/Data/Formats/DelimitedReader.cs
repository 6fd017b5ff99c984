using System.Text;
using System.Text.Json;
using AlignService.Specs.Data.Files;

namespace AlignService.Specs.Data.Formats;

/// <summary>
/// CSV (RFC 4180) and TSV with a header. Every value is text; a field that is empty without quotes is absent. Its own reader, because a row that is wrong is to be listed with the
/// others and not to end the reading, and because the length of a quoted field must have a bound.
/// </summary>
internal sealed class DelimitedReader(char delimiter) : IRowReader
{
    public IEnumerable<RowEntry> Read(LineReader lines)
    {
        if (Next(lines) is not { } header)
        {
            yield break;
        }

        string[] names = Names(header, lines.File);
        while (Next(lines) is { } record)
        {
            yield return new RowEntry("line", record.Line, () => ToJson(names, record));
        }
    }

    private static JsonElement ToJson(string[] names, DelimitedRecord record)
    {
        if (record.Fault is { } whole)
        {
            throw new DataRowException(whole);
        }

        if (record.Values.Count != names.Length)
        {
            throw new DataRowException($"it has {record.Values.Count} fields, but the header has {names.Length}; quote fields that hold the delimiter");
        }

        Dictionary<string, string?> row = [];
        for (int i = 0; i < names.Length; i++)
        {
            if (record.FindFault(i) is { } fault)
            {
                throw new DataRowException($"\"{names[i]}\" {fault}");
            }

            row[names[i]] = record.Values[i];
        }

        return JsonSerializer.SerializeToElement(row);
    }

    private string[] Names(DelimitedRecord header, string file)
    {
        string[] names = [.. header.Values.Select(name => (name ?? "").Trim())];
        string? twice = names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
        if ((header.Fault ?? Enumerable.Range(0, names.Length).Select(header.FindFault).FirstOrDefault(found => found is not null)) is { } fault)
        {
            throw new DataException($"{Shown.Value(file)}: the header cannot be read: {fault}.");
        }

        if (twice is not null)
        {
            throw new DataException($"{Shown.Value(file)}: the header names {(twice.Length == 0 ? "two fields with nothing" : $"\"{Shown.Value(twice)}\" twice")}; the first line must name each field once.");
        }

        return names is [{ } only] && only.IndexOfAny([';', '\t', ',', '|']) is >= 0 and var at && only[at] != delimiter
            ? throw new DataException($"{Shown.Value(file)}: the header is one field, \"{Shown.Value(only)}\"; fields are separated by commas in .csv and by tabs in .tsv files, and this looks like another delimiter.")
            : names;
    }

    /// <summary>The next record, which spans lines where a quoted field does; null at the end. Blank lines are skipped.</summary>
    private DelimitedRecord? Next(LineReader lines)
    {
        ReadOnlyMemory<byte> line;
        do
        {
            if (!lines.TryRead(out line))
            {
                return null;
            }
        }
        while (line.IsEmpty);

        var record = new DelimitedRecord(lines.Number, delimiter);
        while (record.Add(line.Span))
        {
            if (!lines.TryRead(out line))
            {
                record.EndInQuotes();
                return record;
            }
        }

        return record;
    }
}

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
