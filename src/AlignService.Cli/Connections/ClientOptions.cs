using System.CommandLine;

namespace AlignService.Cli.Connections;

/// <summary>The options of every command that talks to a server.</summary>
internal sealed class ClientOptions
{
    public const string Variable = "ALIGN_SERVER";
    public const string DefaultAddress = "http://127.0.0.1:5080";

    public Option<string> Server { get; } = new("--server", "-s")
    {
        Description = $"The server's address [env: {Variable}]",
        HelpName = "URL",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } address ? address : DefaultAddress,
    };

    public Option<bool> Json { get; } = new("--json") { Description = "Write only JSON to standard output" };

    public void AddTo(Command command)
    {
        command.Add(Server);
        command.Add(Json);
    }

    public JobClient Connect(ParseResult result) => new(Open(result));

    public ModelClient ConnectToModels(ParseResult result) => new(Open(result));

    public DatasetClient ConnectToDatasets(ParseResult result) => new(Open(result));

    private ServerChannel Open(ParseResult result) => new(ServerAddress.Parse(result.GetValue(Server)!));
}
