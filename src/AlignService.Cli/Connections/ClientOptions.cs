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

    private readonly Option<string?> _apiKey = Text("--api-key", "ALIGN_API_KEY", "API key or token, if the server asks for one; other users of this machine see options, but not variables", "KEY");
    private readonly Option<string?> _project = Text("--project", "ALIGN_PROJECT", "Project that an operator acts in", "NAME");
    private readonly Option<string?> _authority = Text("--ca", "ALIGN_CA", "PEM file of the authority of the server's certificate, if this machine does not know it", "FILE");
    private readonly Option<string?> _certificate = Text("--certificate", "ALIGN_CERTIFICATE", "PEM file of the client's certificate, if the server asks for one", "FILE");
    private readonly Option<string?> _key = Text("--certificate-key", "ALIGN_CERTIFICATE_KEY", "PEM file of its private key, if it is not in the same file", "FILE");

    public Option<bool> Json { get; } = new("--json") { Description = "Write only JSON to standard output" };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[Server, _apiKey, _project, _authority, _certificate, _key, Json])
        {
            command.Add(option);
        }
    }

    /// <summary>Whether the command line itself names a server: for commands that need none.</summary>
    public bool NamesServer(ParseResult result) => result.GetResult(Server) is { Implicit: false };

    public JobClient Connect(ParseResult result) => new(Open(result));

    public ModelClient ConnectToModels(ParseResult result) => new(Open(result));

    public DatasetClient ConnectToDatasets(ParseResult result) => new(Open(result));

    public ServerConnection Open(ParseResult result) => new(
        ServerAddress.Parse(result.GetValue(Server)!),
        new ServerCredentials(result.GetValue(_apiKey), ProjectOf(result), result.GetValue(_authority), result.GetValue(_certificate), result.GetValue(_key)));

    /// <summary>The project that is named; null for none.</summary>
    public string? ProjectOf(ParseResult result) => result.GetValue(_project);

    private static Option<string?> Text(string name, string variable, string description, string help) => new(name)
    {
        Description = $"{description} [env: {variable}]",
        HelpName = help,
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null,
    };
}
