using AlignService.Cli.Output;
using AlignService.Client;
using Grpc.Core;

namespace AlignService.Cli.Connections;

/// <summary>Turns a failed call into a message for the user and an exit code for pipelines.</summary>
internal static class RpcErrors
{
    public static CommandException Translate(AlignCallException exception) => exception.StatusCode switch
    {
        // It answers, and says why it cannot do this now.
        StatusCode.Unavailable when exception.Reason.Length > 0 => new CommandException(ExitCode.ServerUnreachable, exception.Message, exception),
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => new CommandException(
            ExitCode.ServerUnreachable,
            $"{exception.Message.TrimEnd('.')}. Start one with `align serve`, or name another with --server or {ClientOptions.Variable}.",
            exception),
        StatusCode.InvalidArgument or StatusCode.OutOfRange => new CommandException(ExitCode.BadInput, exception.Message, Faults(exception)),
        StatusCode.NotFound => new CommandException(ExitCode.NotFound, exception.Message),
        StatusCode.Unimplemented => new CommandException(
            ExitCode.Refused, $"{exception.Address} responds, but does not offer this ({exception.Message}). Is it an AlignService server, and as new as this program?"),
        StatusCode.FailedPrecondition or StatusCode.AlreadyExists or StatusCode.ResourceExhausted or StatusCode.PermissionDenied or StatusCode.Unauthenticated
            or StatusCode.Aborted => new CommandException(ExitCode.Refused, exception.Message, Faults(exception)),
        _ => new CommandException(ExitCode.InternalError, $"The server at {exception.Address} failed: {exception.StatusCode}: {exception.Message}", exception),
    };

    /// <summary>Whether the server has said what is wrong with the request.</summary>
    public static bool NamesFaults(AlignCallException exception) => exception is { StatusCode: StatusCode.InvalidArgument or StatusCode.OutOfRange, Violations.Count: > 0 };

    public static IReadOnlyList<Fault> Faults(AlignCallException exception) => [.. exception.Violations.Select(violation => new Fault(violation.Field, violation.Description))];
}
