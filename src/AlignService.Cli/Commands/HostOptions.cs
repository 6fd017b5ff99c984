using System.CommandLine;
using AlignService.Cli.Output;
using AlignService.Server.Hosting;
using AlignService.Server.Workers;

namespace AlignService.Cli.Commands;

/// <summary>The options that server and worker share: where the data lie and how it logs.</summary>
internal sealed class HostOptions
{
    public Option<string> Data { get; } = new("--data")
    {
        Description = $"Root of everything on disk: store, models, checkpoints [env: {WorkerEnvironment.DataRoot}]",
        HelpName = "DIR",
        DefaultValueFactory = _ => FromEnvironment(WorkerEnvironment.DataRoot) ?? "data",
    };

    public Option<string?> Store { get; } = new("--store")
    {
        Description = $"Connection string of the store: PostgreSQL's, or SQLite's [env: {WorkerEnvironment.Store}] [default: SQLite in the data root]",
        HelpName = "CONNECTION",
    };

    public Option<string> LogFormat { get; } = new("--log-format")
    {
        Description = $"How log lines on standard error look [env: {WorkerEnvironment.LogFormat}]",
        DefaultValueFactory = _ => FromEnvironment(WorkerEnvironment.LogFormat)?.ToLowerInvariant() ?? "text",
    };

    public HostOptions() => LogFormat.AcceptOnlyFromAmong("text", "json", "none");

    public void AddTo(Command command)
    {
        command.Add(Data);
        command.Add(Store);
        command.Add(LogFormat);
    }

    public LogFormat GetLogFormat(ParseResult result) =>
        Enum.TryParse<LogFormat>(result.GetRequiredValue(LogFormat), ignoreCase: true, out var format)
            ? format
            : throw new CommandException(ExitCode.BadInput, $"{WorkerEnvironment.LogFormat} is \"{result.GetValue(LogFormat)}\"; known are json, none, text.");

    public string? GetStore(ParseResult result) => result.GetValue(Store) ?? FromEnvironment(WorkerEnvironment.Store);

    private static string? FromEnvironment(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
