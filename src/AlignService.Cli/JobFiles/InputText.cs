using System.Text;
using AlignService.Cli.Output;

namespace AlignService.Cli.JobFiles;

/// <summary>Text that a user gives in a file or on standard input: UTF-8, or UTF-16 where a byte order mark says so. Nothing is replaced by U+FFFD.</summary>
internal static class InputText
{
    private const int MaxBytes = 64 << 20;

    /// <exception cref="CommandException">The bytes are not text.</exception>
    private static string Decode(byte[] bytes, string name)
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

    /// <summary>All of a stream. No more than the limit is ever read: pipes and devices do not tell their length.</summary>
    /// <param name="source">What to read.</param>
    /// <param name="name">For messages, as the beginning of a sentence.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="CommandException">It is longer than the limit, or no text.</exception>
    public static async Task<string> ReadAsync(Stream source, string name, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        byte[] chunk = new byte[1 << 16];
        for (int count; (count = await source.ReadAsync(chunk, cancellationToken)) > 0;)
        {
            bytes.Write(chunk, 0, count);
            if (bytes.Length > MaxBytes)
            {
                throw new CommandException(ExitCode.BadInput, $"{name} has more than {MaxBytes} bytes, which is the most that is read. Move prompts and examples to a JSONL file and name that.");
            }
        }

        return Decode(bytes.ToArray(), name);
    }

    /// <inheritdoc cref="ReadAsync"/>
    public static Task<string> ReadStandardInputAsync(CancellationToken cancellationToken) => ReadAsync(Console.OpenStandardInput(), "Standard input", cancellationToken);

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
