using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align audit`: who did what.</summary>
internal sealed class AuditCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Option<int> _limit = new("--limit", "-n") { Description = "Show at most this many calls", DefaultValueFactory = _ => 50 };
    private readonly Option<string> _caller = new("--caller") { Description = "Only calls of this caller", HelpName = "NAME", DefaultValueFactory = _ => "" };
    private readonly Option<string> _resource = new("--resource") { Description = "Only calls about this resource, as in jobs/a1b2c3d4", HelpName = "NAME", DefaultValueFactory = _ => "" };

    public AuditCommand()
        : base("audit", "List the calls that changed something or were refused, newest first")
    {
        Add(_limit);
        Add(_caller);
        Add(_resource);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align audit --resource jobs/a1b2c3d4"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        int limit = result.GetValue(_limit);
        if (limit < 1)
        {
            throw new CommandException(ExitCode.BadInput, $"--limit is {limit}; it must be at least 1.");
        }

        using var client = new AccessClient(_client.Connect(result));
        var all = new ListAuditEntriesResponse();
        var request = new ListAuditEntriesRequest { Caller = result.GetValue(_caller)!, Resource = result.GetValue(_resource)! };
        for (int left = limit; left > 0; left = limit - all.Entries.Count)
        {
            request.PageSize = Math.Min(left, 500);
            ListAuditEntriesResponse page = await client.CallAsync(service => service.ListAuditEntriesAsync(request, cancellationToken: cancellationToken));
            all.Entries.AddRange(page.Entries);
            if (page.NextPageToken.Length == 0)
            {
                break;
            }

            request.PageToken = page.NextPageToken;
        }

        if (output.IsJson)
        {
            CommandOutput.WriteJson(all);
            return ExitCode.Ok;
        }

        Table table = new Table().RoundedBorder().AddColumns("time", "caller", "project", "call", "about", "status", "from");
        foreach (AuditEntry entry in all.Entries)
        {
            table.AddRow([.. new[] { AccessText.Time(entry.Time), entry.Caller, entry.Project, entry.Method.Split('/')[^1], entry.Resource, entry.Status, entry.Peer }.Select(text => new SpectreText(text))]);
        }

        output.Console.Write(table);
        return ExitCode.Ok;
    }
}
