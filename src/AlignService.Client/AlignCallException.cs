using Google.Rpc;
using Grpc.Core;

namespace AlignService.Client;

/// <summary>A server refused a call, or did not answer it.</summary>
public sealed class AlignCallException : Exception
{
    internal AlignCallException(Uri address, RpcException cause)
        : base(TextOf(address, cause), cause)
    {
        Address = address;
        StatusCode = cause.StatusCode;
        Violations = ViolationsOf(cause);
        Reason = ReasonOf(cause);
    }

    public Uri Address { get; }

    public StatusCode StatusCode { get; }

    /// <summary>The server's word for what happened, for programs (DISK_FULL); empty where it gives none.</summary>
    public string Reason { get; }

    /// <summary>Whether no server answered, or not in time: the same call may succeed later.</summary>
    public bool IsUnreachable => StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded;

    /// <summary>What is wrong with the request, with its fields; an error has room for the first ones only, the rest comes by a request with validate_only and list_violations.</summary>
    public IReadOnlyList<CallViolation> Violations { get; }

    /// <summary>Whether a stream that ended for this reason can be opened again.</summary>
    internal bool IsLost => StatusCode == StatusCode.Unavailable || (InnerException as RpcException)?.Status.DebugException is IOException or HttpRequestException;

    /// <summary>A stream has ended before what it follows.</summary>
    internal static AlignCallException OfEndedStream(Uri address) => new(address, new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, "the stream has ended")));

    private static string TextOf(Uri address, RpcException cause) =>
        cause.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded && ReasonOf(cause).Length == 0
            ? $"No server answers at {address} ({Innermost(cause)})."
            : cause.Status.Detail.Split('\n')[0]; // further lines repeat the violations

    private static string ReasonOf(RpcException cause) => cause.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? "";

    private static CallViolation[] ViolationsOf(RpcException cause)
    {
        Google.Rpc.Status? status = cause.GetRpcStatus();
        return
        [
            .. (status?.GetDetail<BadRequest>()?.FieldViolations ?? []).Select(violation => new CallViolation(violation.Field, violation.Description)),
            .. (status?.GetDetail<PreconditionFailure>()?.Violations ?? []).Select(violation => new CallViolation(violation.Subject, violation.Description)),
            .. (status?.GetDetail<QuotaFailure>()?.Violations ?? []).Select(violation => new CallViolation(violation.Subject, violation.Description)),
        ];
    }

    private static string Innermost(RpcException exception)
    {
        Exception? cause = exception.Status.DebugException;
        while (cause?.InnerException is not null)
        {
            cause = cause.InnerException;
        }

        return cause?.Message ?? exception.Status.Detail;
    }
}

/// <summary>One thing that is wrong with a request.</summary>
/// <param name="Field">Its path in the request (spec.grpo.algorithm.steps), or what else it is about.</param>
/// <param name="Description">Value, bound, and the way out.</param>
public sealed record CallViolation(string Field, string Description);
