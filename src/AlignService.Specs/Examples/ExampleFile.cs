using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Examples;

/// <summary>Reads examples from a file, using the source's field names.</summary>
public static class ExampleFile
{
    /// <summary>The examples of a source, in order; inline ones are returned unchanged.</summary>
    /// <param name="source">What to read.</param>
    /// <param name="policy">Which files may be read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DataException">The source cannot be used: all faulty rows are listed, with line numbers.</exception>
    public static IReadOnlyList<Example> Load(ExampleSourceConfig source, FilePolicy policy, CancellationToken cancellationToken)
    {
        if (source.File is not { } file)
        {
            return DataSource.Inline(source.Inline, source.Limit);
        }

        ExampleRow rows = new(source);
        return DataFile.Read(new RowQuery(file, source.Limit) { Fields = rows.Fields }, policy, rows.Read, cancellationToken);
    }

    /// <summary>The held-out part of a source, and the rest.</summary>
    /// <exception cref="DataException">One of the two is empty.</exception>
    public static (IReadOnlyList<Example> Training, IReadOnlyList<Example> HeldOut) Split(IReadOnlyList<Example> examples, ExampleSourceConfig source) =>
        HeldOutSplit.Of(examples, source, example => example.Prompt);
}
