using AlignService.Specs.Data.Files;

namespace AlignService.Specs.Data.Formats;

/// <summary>One JSON object per line; blank lines are skipped.</summary>
internal sealed class JsonLinesReader : IRowReader
{
    public IEnumerable<RowEntry> Read(LineReader lines)
    {
        bool isFirst = true;
        ReadOnlyMemory<byte> begin = lines.Peek().ToArray();
        while (lines.TryRead(out ReadOnlyMemory<byte> line))
        {
            if (line.Span.ContainsAnyExcept(" \t\r\v\f"u8))
            {
                if (isFirst && JsonShape.IsUnfinished(line.Span))
                {
                    throw new DataException($"{Shown.Value(lines.File)} {JsonShape.Describe(begin.Span)}");
                }

                isFirst = false;
                byte[] json = line.ToArray();
                yield return new RowEntry("line", lines.Number, () => RowJson.Parse(json));
            }
        }
    }
}
