using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Sampling;

internal static partial class SamplingLog
{
    [LoggerMessage(1, LogLevel.Information, "{Model}: process {ProcessId} loads it for sampling", EventName = "model_process_started")]
    public static partial void Started(ILogger logger, string model, int processId);

    [LoggerMessage(2, LogLevel.Information, "{Model}: process {ProcessId} exited with code {ExitCode}", EventName = "model_process_exited")]
    public static partial void Exited(ILogger logger, string model, int processId, int exitCode);

    [LoggerMessage(3, LogLevel.Information, "{Model}| {Line}", EventName = "model_process_output")]
    public static partial void Line(ILogger logger, string model, string line);

    [LoggerMessage(4, LogLevel.Information, "{Model}: it is unloaded: {Why}", EventName = "model_unloaded")]
    public static partial void Unloaded(ILogger logger, string model, string why);

    [LoggerMessage(5, LogLevel.Debug, "{Model}: call {Call} was cancelled after {Tokens} tokens", EventName = "sampling_cancelled")]
    public static partial void Cancelled(ILogger logger, string model, long call, int tokens);

    [LoggerMessage(6, LogLevel.Warning, "{Model}: process {ProcessId} is killed: it did not stop in time", EventName = "model_process_killed")]
    public static partial void Killed(ILogger logger, string model, int processId);
}
