using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace AlignService.Server.Hosting;

/// <summary>Where log lines go and how they look: standard error, so that standard output stays the program's own.</summary>
internal static class LogSetup
{
    public static void Add(ILoggingBuilder logging, HostSettings settings)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(settings.LogLevel);
        LogLevel ofLibraries = settings.LogLevel == LogLevel.Information ? LogLevel.Warning : settings.LogLevel;
        logging.AddFilter("Microsoft.AspNetCore", ofLibraries);
        logging.AddFilter("Grpc", ofLibraries);
        logging.AddFilter("Microsoft.Hosting", ofLibraries);

        // It logs with a stack trace what clients did wrong; what went wrong here, ErrorInterceptor logs.
        logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.None);
        if (settings.LogFormat == LogFormat.None)
        {
            return;
        }

        if (settings.LogFormat == LogFormat.Json)
        {
            logging.AddJsonConsole(json =>
            {
                json.UseUtcTimestamp = true;
                // A worker's records carry their job.
                json.IncludeScopes = true;
            });
        }
        else
        {
            logging.AddSimpleConsole(simple =>
            {
                simple.SingleLine = true;
                simple.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                simple.UseUtcTimestamp = true;
            });
        }

        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}

/// <summary>How log lines look.</summary>
public enum LogFormat
{
    /// <summary>One line for people.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,

    /// <summary>Nothing is logged.</summary>
    None,
}
