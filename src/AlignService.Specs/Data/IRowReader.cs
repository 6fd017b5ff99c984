namespace AlignService.Specs.Data;

/// <summary>Reads a file format row by row.</summary>
internal interface IRowReader
{
    /// <exception cref="DataException">The file as a whole cannot be read.</exception>
    IEnumerable<RowEntry> Read(string file);
}
