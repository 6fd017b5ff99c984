using System.Text;
using AlignService.Cli.Output;

namespace AlignService.Cli.JobFiles;

/// <summary>Text that a user gives in a file or on standard input: UTF-8, or UTF-16 where a byte order mark says so. Nothing is replaced by U+FFFD.</summary>
internal static class InputText
{
    /// <exception cref="CommandException">The bytes are not text.</exception>
    public static string Decode(byte[] bytes, string name)
    {
        ReadOnlySpan<byte> text = bytes;
        if (text.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || text.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            return DecodeUtf16(text, name);
        }

        return ExactText.FindFault(text) is { } fault
            ? throw new CommandException(ExitCode.BadInput, $"{name} {fault}.")
            : Encoding.UTF8.GetString(text.StartsWith("\uFEFF"u8) ? text[3..] : text);
    }

    /// <summary>All of standard input.</summary>
    /// <exception cref="CommandException">It is not text.</exception>
    public static async Task<string> ReadStandardInputAsync(CancellationToken cancellationToken)
    {
        using Stream input = Console.OpenStandardInput();
        using var bytes = new MemoryStream();
        await input.CopyToAsync(bytes, cancellationToken);
        return Decode(bytes.ToArray(), "Standard input");
    }

    /// <summary>As some Windows programs write.</summary>
    private static string DecodeUtf16(ReadOnlySpan<byte> text, string name)
    {
        try
        {
            return new UnicodeEncoding(bigEndian: text[0] == 0xFE, byteOrderMark: true, throwOnInvalidBytes: true).GetString(text[2..]);
        }
        catch (DecoderFallbackException fault)
        {
            throw new CommandException(ExitCode.BadInput, $"{name} begins with the byte order mark of UTF-16, but is not UTF-16 text; save it as UTF-8.", fault);
        }
    }
}
