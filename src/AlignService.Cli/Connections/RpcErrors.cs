using AlignService.Cli.Output;
using AlignService.Specs.Violations;
using Google.Rpc;
using Grpc.Core;

namespace AlignService.Cli.Connections;

/// <summary>Turns a failed call into a message for the user and an exit code for pipelines.</summary>
internal static class RpcErrors
{
    public static CommandException Translate(RpcException exception, Uri address)
    {
        string detail = exception.Status.Detail.Split('\n')[0]; // further lines repeat the faults, which come as details
        return exception.StatusCode switch
        {
            StatusCode.Unavailable when exception.GetRpcStatus()?.GetDetail<ErrorInfo>() is not null => new CommandException(ExitCode.Refused, detail),
            StatusCode.Unavailable or StatusCode.DeadlineExceeded => new CommandException(
                ExitCode.ServerUnreachable,
                $"No server answers at {address} ({Innermost(exception)}). Start one with `align serve`, or name another with --server or {ClientOptions.Variable}.",
                exception),
            StatusCode.InvalidArgument or StatusCode.OutOfRange => new CommandException(ExitCode.BadInput, detail, Faults(exception)),
            StatusCode.NotFound => new CommandException(ExitCode.NotFound, detail),
            StatusCode.Unimplemented => new CommandException(ExitCode.Refused, $"{address} responds, but does not offer this ({detail}). Is it an AlignService server, and as new as this program?"),
            StatusCode.FailedPrecondition or StatusCode.AlreadyExists or StatusCode.ResourceExhausted or StatusCode.PermissionDenied or StatusCode.Unauthenticated
                or StatusCode.Aborted => new CommandException(ExitCode.Refused, detail, Faults(exception)),
            _ => new CommandException(ExitCode.InternalError, $"The server at {address} failed: {exception.StatusCode}: {detail}", exception),
        };
    }

    public static CommandException NotFound(string name, Uri address, IReadOnlyList<string> known)
    {
        var near = NearNames.Find(name, known);
        string hint = near.Count > 0 ? $"Similar: {string.Join(", ", near)}." : known.Count == 0 ? "It has no jobs yet." : "`align list` lists the jobs.";
        return new CommandException(ExitCode.NotFound, $"The server at {address} has no job {name}. {hint}");
    }

    /// <summary>Whether a stream that ended for this reason can be reopened.</summary>
    public static bool IsLostConnection(RpcException exception) =>
        exception.StatusCode == StatusCode.Unavailable || exception.Status.DebugException is IOException or HttpRequestException;

    private static List<Fault> Faults(RpcException exception)
    {
        var status = exception.GetRpcStatus();
        return
        [
            .. (status?.GetDetail<BadRequest>()?.FieldViolations ?? []).Select(violation => new Fault(violation.Field, violation.Description)),
            .. (status?.GetDetail<PreconditionFailure>()?.Violations ?? []).Select(violation => new Fault(violation.Subject, violation.Description)),
            .. (status?.GetDetail<QuotaFailure>()?.Violations ?? []).Select(violation => new Fault(violation.Subject, violation.Description)),
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
