using ZstdSharp;

namespace AlignService.Specs.Data.Files;

/// <summary>How much of one source of data has been read, over all of its files.</summary>
internal sealed class DataBudget(FilePolicy policy, CancellationToken cancellationToken)
{
    private long _bytes;
    private long _rows;

    public FilePolicy Policy => policy;

    /// <summary>Counts bytes after decompression.</summary>
    /// <exception cref="DataException">It is more than the policy allows.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for the data anymore.</exception>
    public void AddBytes(string file, long count)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _bytes += count;
        if (_bytes > policy.MaxBytes)
        {
            throw JobFileReader.TooLarge(file, policy);
        }
    }

    /// <exception cref="DataException">There are more rows than are read.</exception>
    public void AddRow(string file)
    {
        Heartbeat.Beat();
        cancellationToken.ThrowIfCancellationRequested();
        if (++_rows > FilePolicy.MaxRows)
        {
            throw new DataException($"{Shown.Value(file)} has more than {FilePolicy.MaxRows} rows, which is the most that is read for one source; set limit, or use a part of it.");
        }
    }
}

/// <summary>A stream whose bytes count against a budget, and whose faults are those of a data file.</summary>
internal sealed class BudgetStream(Stream inner, string file, DataBudget budget) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        try
        {
            int read = inner.Read(buffer);
            budget.AddBytes(file, read);
            return read;
        }
        catch (Exception fault) when (fault is InvalidDataException or ZstdException or IOException)
        {
            throw new DataException($"{Shown.Value(file)} cannot be read to its end: {fault.Message}");
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
