using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Cli.Watching;
using AlignService.Cli.Wording;
using AlignService.Client;
using AlignService.Contracts.V1;
using AlignService.Specs;
using AlignService.Specs.Binding;
using AlignService.Specs.Metrics;
using AlignService.Specs.Violations;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align list`: the server's jobs, newest first or best first.</summary>
internal sealed class ListCommand : Command, IExplainedCommand
{
    private const string ByAge = "newest", ByScore = "score";

    private readonly ClientOptions _client = new();
    private readonly Option<string[]> _states = new("--state")
    {
        Description = "Only jobs in this state (queued, preparing, running, succeeded, failed, cancelled, paused); may be repeated",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string[]> _kinds = new("--kind") { Description = $"Only jobs of this kind ({string.Join(", ", JobSpecWire.KindNames)}); may be repeated", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> _labels = new("--label") { Description = "Only jobs with this label; without =VALUE, with any value; may be repeated: all must match", HelpName = "KEY=VALUE" };
    private readonly Option<string> _name = new("--name") { Description = "Only jobs whose display name contains this", HelpName = "TEXT", DefaultValueFactory = _ => "" };
    private readonly Option<string> _sort = new("--sort") { Description = "newest, or score: the best held-out score first", HelpName = "ORDER", DefaultValueFactory = _ => ByAge };
    private readonly Option<int> _limit = new("--limit", "-n") { Description = "Show at most this many jobs", DefaultValueFactory = _ => 50 };

    public ListCommand()
        : base("list", "List the server's jobs, newest first")
    {
        _states.CompletionSources.Add([.. EnumNames.Short(Names.JobStates)]);
        _kinds.CompletionSources.Add([.. JobSpecWire.KindNames]);
        _sort.CompletionSources.Add(ByAge, ByScore);
        foreach (Option option in (Option[])[_states, _kinds, _labels, _name, _sort, _limit])
        {
            Add(option);
        }

        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align list",
        "align list --state running --state queued",
        "align list --kind grpo --label sweep=lr --sort score",
        "align list --json | jq -r '.jobs[].name'",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        int limit = result.GetValue(_limit);
        if (limit < 1)
        {
            throw new CommandException(ExitCode.BadInput, $"--limit is {limit}; it must be at least 1.");
        }

        ListJobsRequest conditions = Conditions(result);
        using AlignClient client = _client.Connect(result);
        var jobs = await client.Jobs.ListAsync(conditions, limit, cancellationToken).ToListAsync(cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new ListJobsResponse { Jobs = { jobs } });
        }
        else if (jobs.Count == 0)
        {
            output.Console.WriteLine(conditions.Equals(new ListJobsRequest { Order = conditions.Order }) ? "No jobs yet. `align submit JOB.yaml` submits one." : "No job is like that.");
        }
        else
        {
            output.Console.Write(Table(jobs, TimeProvider.System.GetUtcNow()));
        }

        return ExitCode.Ok;
    }

    private ListJobsRequest Conditions(ParseResult result)
    {
        string order = result.GetValue(_sort)!; // it has a default
        var conditions = new ListJobsRequest
        {
            States = { (result.GetValue(_states) ?? []).Select(ParseState) },
            Kinds = { result.GetValue(_kinds) ?? [] },
            DisplayName = result.GetValue(_name)!, // it has a default
            Order = order switch
            {
                ByAge => JobOrder.Newest,
                ByScore => JobOrder.Score,
                _ => throw new CommandException(ExitCode.BadInput, $"--sort {order} is not an order; {NearNames.Hint(order, [ByAge, ByScore])}"),
            },
        };
        foreach (string label in result.GetValue(_labels) ?? [])
        {
            string[] parts = label.Split('=', 2);
            conditions.Labels[parts[0]] = parts.Length > 1 ? parts[1] : "";
        }

        return conditions;
    }

    private static JobState ParseState(string text) =>
        EnumNames.TryParse(Names.JobStates, text, out string name)
            ? (JobState)Names.JobStates.FindValueByName(name).Number
            : throw new CommandException(ExitCode.BadInput, $"--state {text} is not a state; {NearNames.Hint(text, EnumNames.Short(Names.JobStates))}");

    private static Table Table(IEnumerable<Job> jobs, DateTimeOffset now)
    {
        var table = new Table().RoundedBorder().AddColumns("job", "name", "kind", "state", "steps", "score", "age", "took", "");
        foreach (var job in jobs)
        {
            table.AddRow(
                new SpectreText(job.Name),
                new SpectreText(job.Spec.DisplayName),
                new SpectreText(KindText.Of(job.Spec)),
                new Markup(StateText.Markup(job.State)),
                new SpectreText(Steps(job)).RightJustified(),
                new SpectreText(job.HasBestScore ? MetricText.Number(job.BestScore) : "").RightJustified(),
                new SpectreText(Ago(job.CreateTime?.ToDateTimeOffset(), now)).RightJustified(),
                new SpectreText(Ago(job.StartTime?.ToDateTimeOffset(), job.EndTime?.ToDateTimeOffset() ?? now)).RightJustified(),
                new SpectreText(job.Waiting?.Text ?? TimeLeft.Of(job, now)));
        }

        return table;
    }

    private static string Steps(Job job) => job.Progress is { TotalSteps: > 0 } progress ? $"{progress.CompletedSteps}/{progress.TotalSteps}" : "";

    private static string Ago(DateTimeOffset? from, DateTimeOffset to) => from is { } start ? DurationWords.Format(to - start) : "";
}
