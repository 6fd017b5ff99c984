using System.CommandLine;
using System.Globalization;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;
using AlignService.Jobs.Events;
using Spectre.Console;
using JobEvent = AlignService.Contracts.V1.JobEvent;

namespace AlignService.Cli.Commands;

/// <summary>`align events`: what happened in a job, without following it.</summary>
internal sealed class EventsCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string> _job;
    private readonly Option<string[]> _kinds = new("--kind") { Description = $"Only events of this kind ({string.Join(", ", EventKinds.All.Keys)}); may be repeated", HelpName = "KIND" };
    private readonly Option<int> _from = new("--from") { Description = "First step", HelpName = "STEP" };
    private readonly Option<int> _to = new("--to") { Description = "Last step", HelpName = "STEP" };
    private readonly Option<int> _limit = new("--limit", "-n") { Description = "Show at most this many events", DefaultValueFactory = _ => 200 };

    public EventsCommand()
        : base("events", "List a job's events, oldest first; `align watch` follows them")
    {
        _job = JobName.Argument(_client);
        Add(_job);
        _kinds.CompletionSources.Add([.. EventKinds.All.Keys]);
        foreach (Option option in (Option[])[_kinds, _from, _to, _limit])
        {
            Add(option);
        }

        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align events a1b2c3d4 --kind log --kind guardian", "align events a1b2c3d4 --from 100 --to 120 --json | jq .events"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        int limit = result.GetValue(_limit);
        if (limit < 1)
        {
            throw new CommandException(ExitCode.BadInput, $"--limit is {limit}; it must be at least 1.");
        }

        ListEventsRequest request = new()
        {
            Name = JobName.Parse(result.GetRequiredValue(_job)),
            Kinds = { result.GetValue(_kinds) ?? [] },
            FromStep = result.GetValue(_from),
            ToStep = result.GetValue(_to),
        };
        using AlignClient client = _client.Connect(result);
        List<JobEvent> events = await client.Jobs.ListEventsAsync(request, limit, cancellationToken).ToListAsync(cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new ListEventsResponse { Events = { events } });
            return ExitCode.Ok;
        }

        foreach (JobEvent happened in events.Where(happened => happened.Text.Length > 0))
        {
            output.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{happened.Time.ToDateTimeOffset():yyyy-MM-dd HH:mm:ss}  step {happened.Step,-6} {happened.Text}"));
        }

        return ExitCode.Ok;
    }
}
