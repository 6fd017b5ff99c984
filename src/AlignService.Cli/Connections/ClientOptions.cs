using System.CommandLine;
using AlignService.Cli.Output;
using AlignService.Client;

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

    /// <summary>Tells the user when the server is lost. One that does not answer at all is reported at once.</summary>
    public AlignClient Connect(ParseResult result) => new(new AlignClientOptions
    {
        Address = ServerAddress.Parse(result.GetValue(Server)!),
        ApiKey = result.GetValue(_apiKey),
        Project = ProjectOf(result),
        CaFile = result.GetValue(_authority),
        CertificateFile = result.GetValue(_certificate),
        KeyFile = result.GetValue(_key),
        Attempts = 1,
        Lost = lost => CommandOutput.Note($"The connection to {lost.Address} was lost; retrying in {lost.Pause.TotalSeconds} s."),
    });

    /// <summary>The project that is named; null for none.</summary>
    public string? ProjectOf(ParseResult result) => result.GetValue(_project);

    private static Option<string?> Text(string name, string variable, string description, string help) => new(name)
    {
        Description = $"{description} [env: {variable}]",
        HelpName = help,
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null,
    };
}
