namespace AlignService.Specs.Data.Formats;

/// <summary>Reads a text format row by row.</summary>
internal interface IRowReader
{
    /// <exception cref="DataException">The file as a whole cannot be read.</exception>
    IEnumerable<RowEntry> Read(LineReader lines);
}
