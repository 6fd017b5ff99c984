using System.Text;

namespace AlignService.Specs.Data.Formats;

/// <summary>The one place where bytes of data become text: UTF-8, or a fault of the row. Nothing is replaced by U+FFFD.</summary>
internal static class RowText
{
    /// <exception cref="DataRowException">The bytes are not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes) =>
        ExactText.FindFault(bytes) is { } fault ? throw new DataRowException($"a text {fault}") : Encoding.UTF8.GetString(bytes);

    /// <summary>For names in messages about a file, which need not be text.</summary>
    public static string DecodeForMessage(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
