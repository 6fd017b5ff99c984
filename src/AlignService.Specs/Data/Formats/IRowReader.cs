using System.Text;
using System.Text.Json;

namespace AlignService.Specs.Data.Formats;

/// <summary>Reads a text format row by row.</summary>
internal interface IRowReader
{
    /// <exception cref="DataException">The file as a whole cannot be read.</exception>
    IEnumerable<RowEntry> Read(LineReader lines);
}

/// <summary>A row that is not parsed yet.</summary>
/// <param name="Unit">What its number counts, for people: line, row, entry.</param>
/// <param name="Number">From 1.</param>
/// <param name="Parse">Its JSON; throws <see cref="JsonException"/> where it is not JSON.</param>
internal sealed record RowEntry(string Unit, long Number, Func<JsonElement> Parse)
{
    /// <summary>Every column of the file, where only some were read; null: the row has all there is.</summary>
    public IReadOnlyList<string>? Columns { get; init; }
}

/// <summary>Which rows and fields are read.</summary>
/// <param name="Path">A file, a directory or a pattern.</param>
/// <param name="Limit">Only the first rows; 0 is all.</param>
internal sealed record RowQuery(string Path, int Limit)
{
    /// <summary>The fields that are used, by name or path; null is all. Others may be read or not.</summary>
    public IReadOnlyCollection<string>? Fields { get; init; }

    /// <summary>Whether a top-level field is one of them, or holds one.</summary>
    public bool Wants(string field) => Fields is null || Fields.Any(wanted =>
        wanted == field || (wanted.Length > field.Length && wanted[field.Length] == '.' && wanted.StartsWith(field, StringComparison.Ordinal)));
}

/// <summary>The one place where bytes of data become text: UTF-8, or a fault of the row. Nothing is replaced by U+FFFD.</summary>
internal static class RowText
{
    /// <exception cref="DataRowException">The bytes are not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes) =>
        ExactText.FindFault(bytes) is { } fault ? throw new DataRowException($"a text {fault}") : Encoding.UTF8.GetString(bytes);

    /// <summary>For names in messages about a file, which need not be text.</summary>
    public static string DecodeForMessage(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}

/// <summary>What is wrong with one row; <see cref="DataFile"/> collects them and adds the row's location.</summary>
internal sealed class DataRowException(string message) : Exception(message);
