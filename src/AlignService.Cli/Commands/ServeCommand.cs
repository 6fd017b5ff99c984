using System.CommandLine;
using System.Text.Json.Nodes;
using AlignService.Cli.Output;
using AlignService.Server;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align serve`: the server, until Ctrl+C.</summary>
internal sealed class ServeCommand : Command, IExplainedCommand
{
    private readonly HostOptions _host = new(isServer: true);
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON line with the addresses when the server listens" };
    private readonly Option<bool> _withInput = new("--stop-with-input") { Description = "Stop when standard input ends", Hidden = true };

    public ServeCommand()
        : base("serve", "Run the server: gRPC, status page and, unless told otherwise, the workers")
    {
        _host.AddTo(this);
        Add(_json);
        Add(_withInput);
        this.Run(_json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align serve",
        "align serve --listen 'http://*:5080' --data /srv/align",
        "align serve --store 'Host=db;Database=align;Username=align' --workers 0",
        "align serve --config /etc/align.json --max-queued-jobs 50",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var server = await AlignServer.StartAsync(_host.Read(result), stop.Token);
        Announce(server.Addresses, output);
        if (result.GetValue(_withInput))
        {
            _ = Task.Run(() => StopWithInputAsync(stop), CancellationToken.None);
        }

        await server.WaitForShutdownAsync(stop.Token);
        return ExitCode.Ok;
    }

    private static void Announce(IReadOnlyList<string> addresses, CommandOutput output)
    {
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new JsonObject { ["addresses"] = new JsonArray([.. addresses.Select(address => (JsonNode)address)]) });
        }
        else
        {
            output.Console.WriteLine($"align listens on {string.Join(", ", addresses)} (Ctrl+C stops it)");
        }
    }

    /// <summary>A parent that dies closes the pipe, however it dies: its server must not outlive it.</summary>
    private static async Task StopWithInputAsync(CancellationTokenSource stop)
    {
        // Not Console.In, whose asynchronous reads block.
        using var input = Console.OpenStandardInput();
        await input.CopyToAsync(Stream.Null, CancellationToken.None);
        await stop.CancelAsync();
    }
}
