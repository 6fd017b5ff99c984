using System.Text;

namespace AlignService.Specs.Data.Formats;

/// <summary>The one place where bytes of data become text: UTF-8.</summary>
internal static class RowText
{
    public static string Decode(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
