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
        cancellationToken.ThrowIfCancellationRequested();
        if (++_rows > FilePolicy.MaxRows)
        {
            throw new DataException($"{Shown.Value(file)} has more than {FilePolicy.MaxRows} rows, which is the most that is read for one source; set limit, or use a part of it.");
        }
    }
}
