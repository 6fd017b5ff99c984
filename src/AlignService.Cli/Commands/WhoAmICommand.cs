using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align whoami`: whom the server takes the caller for.</summary>
internal sealed class WhoAmICommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();

    public WhoAmICommand()
        : base("whoami", "Show whom the server takes this caller for")
    {
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align whoami"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        using var client = new AccessClient(_client.Connect(result));
        GetCallerResponse caller = await client.CallAsync(service => service.GetCallerAsync(new GetCallerRequest(), cancellationToken: cancellationToken));
        if (output.IsJson)
        {
            CommandOutput.WriteJson(caller);
        }
        else
        {
            output.Console.WriteLine($"{caller.Name}, {AccessText.Role(caller.Role)} in {caller.Project}");
        }

        return ExitCode.Ok;
    }
}
