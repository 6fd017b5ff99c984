using AlignService.Specs.Data.Files;

namespace AlignService.Specs.Data.Formats;

/// <summary>Lines of bytes, without a byte order mark at the start; at most <see cref="FilePolicy.MaxRowBytes"/> each.</summary>
/// <param name="stream">Borrowed.</param>
/// <param name="file">For error messages.</param>
internal sealed class LineReader(Stream stream, string file)
{
    private const int StartSize = 1 << 16, PeekSize = 1 << 12;

    private byte[] _buffer = new byte[StartSize];
    private int _start;
    private int _end;
    private bool _ended;
    private bool _begun;

    public string File => file;

    /// <summary>Number of lines read.</summary>
    public long Number { get; private set; }

    /// <summary>The first bytes of what is not read yet, at most a few thousand.</summary>
    public ReadOnlySpan<byte> Peek()
    {
        while (!_ended && _end - _start < PeekSize)
        {
            Fill();
        }

        if (!_begun)
        {
            _begun = true;
            _start += _buffer.AsSpan(_start, _end - _start).StartsWith("\uFEFF"u8) ? 3 : 0;
        }

        return _buffer.AsSpan(_start, Math.Min(_end - _start, PeekSize));
    }

    /// <summary>The next line without its end (\n or \r\n); valid until the next call. False at the end of the file.</summary>
    /// <exception cref="DataException">The line is too long.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        Peek();
        int searched = _start;
        int end;
        while ((end = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n')) < 0 && !_ended)
        {
            int length = _end - _start;
            Check(length);
            Fill();
            searched = _start + length;
        }

        int stop = end < 0 ? _end : searched + end;
        Check(stop - _start);
        line = _buffer.AsMemory(_start, stop - _start);
        line = line.Length > 0 && line.Span[^1] == '\r' ? line[..^1] : line;
        bool isLine = end >= 0 || stop > _start;
        _start = end < 0 ? stop : stop + 1;
        Number += isLine ? 1 : 0;
        return isLine;
    }

    /// <summary>Everything that is not read yet.</summary>
    /// <exception cref="DataException">It is more than one array holds.</exception>
    public ReadOnlyMemory<byte> ReadToEnd()
    {
        Peek();
        while (!_ended)
        {
            Fill();
        }

        var rest = _buffer.AsMemory(_start, _end - _start);
        _start = _end;
        return rest;
    }

    private void Check(int length)
    {
        if (length > FilePolicy.MaxRowBytes)
        {
            throw new DataException($"{Shown.Value(file)}, line {Number + 1} is longer than {FilePolicy.MaxRowBytes >> 20} MiB, which is the most that is read for one row; put each row on its own line.");
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length == Array.MaxLength)
            {
                throw new DataException($"{Shown.Value(file)} is a JSON list of more than {Array.MaxLength >> 20} MiB; write one object per line (JSON lines), which has no such limit.");
            }

            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, (long)_buffer.Length * 2));
        }

        int read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
    }
}

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
