using Microsoft.Extensions.Logging;

namespace AlignService.Server.Rpc;

internal static partial class ErrorLog
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Debug, Message = "{Method} was refused: {Message}")]
    public static partial void Refused(ILogger logger, string method, string message);

    [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "{Method} broke")]
    public static partial void Broke(ILogger logger, string method, Exception exception);
}
