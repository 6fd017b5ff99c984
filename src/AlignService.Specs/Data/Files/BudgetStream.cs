using ZstdSharp;

namespace AlignService.Specs.Data.Files;

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
