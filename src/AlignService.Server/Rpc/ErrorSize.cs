using System.Text;
using AlignService.Text;
using Google.Rpc;

namespace AlignService.Server.Rpc;

/// <summary>
/// The size of errors. A status travels in the trailers of a call, of which clients on gRPC's C core (Python, C++, Ruby, ...) take 8 KB and others no more than 16 KB; one
/// that is larger is lost whole, and some clients wait for it forever.
/// </summary>
internal static class ErrorSize
{
    /// <summary>Bytes of the message, as encoded in `grpc-message`; and of the message that the details repeat.</summary>
    private const int MessageBytes = 1200;

    /// <summary>Bytes of the field violations in the details, which base64 makes a third larger.</summary>
    private const int ViolationBytes = 1800;

    /// <summary>A message that fits, cut in the middle where it is too long.</summary>
    public static string Fit(string message)
    {
        string text = message;
        for (int limit = MessageBytes; EncodedBytes(text) > MessageBytes; limit = limit * 3 / 4)
        {
            text = ShortText.Cut(message, limit);
        }

        return text;
    }

    /// <summary>As many violations as fit, and how many there are besides.</summary>
    /// <param name="violations">In order.</param>
    /// <param name="count">Of all, those that are not in the list included.</param>
    public static BadRequest Fit(IReadOnlyList<BadRequest.Types.FieldViolation> violations, int count)
    {
        BadRequest fitting = new();
        foreach (BadRequest.Types.FieldViolation violation in violations)
        {
            if (fitting.CalculateSize() + violation.CalculateSize() > ViolationBytes)
            {
                break;
            }

            fitting.FieldViolations.Add(violation);
        }

        if (fitting.FieldViolations.Count < count)
        {
            int more = count - fitting.FieldViolations.Count;
            fitting.FieldViolations.Add(new BadRequest.Types.FieldViolation { Reason = "MORE", Description = $"and {more} more; validate_only with list_violations lists them." });
        }

        return fitting;
    }

    /// <summary>Header values are ASCII: every other byte of the UTF-8 text is written as %XX.</summary>
    private static int EncodedBytes(string text)
    {
        int bytes = 0;
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            bytes += value is >= 0x20 and < 0x7F and not (byte)'%' ? 1 : 3;
        }

        return bytes;
    }
}
