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
