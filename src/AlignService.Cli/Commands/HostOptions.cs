using System.CommandLine;

namespace AlignService.Cli.Commands;

/// <summary>The options that server and worker share: where the data lie and how it logs.</summary>
internal sealed class HostOptions
{
    public const string StoreVariable = "ALIGN_STORE";
    public const string DataVariable = "ALIGN_DATA";

    public Option<string> Data { get; } = new("--data")
    {
        Description = $"Root of everything on disk: store, models, checkpoints [env: {DataVariable}]",
        HelpName = "DIR",
        DefaultValueFactory = _ => FromEnvironment(DataVariable) ?? "data",
    };

    public Option<string?> Store { get; } = new("--store")
    {
        Description = $"Connection string of the store: PostgreSQL's, or SQLite's [env: {StoreVariable}] [default: SQLite in the data root]",
        HelpName = "CONNECTION",
    };

    public Option<string> LogFormat { get; } = new("--log-format") { Description = "How log lines on standard error look", DefaultValueFactory = _ => "text" };

    public HostOptions() => LogFormat.AcceptOnlyFromAmong("text", "json", "none");

    public void AddTo(Command command)
    {
        command.Add(Data);
        command.Add(Store);
        command.Add(LogFormat);
    }

    public string? GetStore(ParseResult result) => result.GetValue(Store) ?? FromEnvironment(StoreVariable);

    private static string? FromEnvironment(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
