using System.CommandLine;
using System.Globalization;
using AlignService.Cli.Connections;
using AlignService.Cli.History;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;
using AlignService.Specs.Metrics;
using AlignService.Text;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align rollouts`: the completions that a job's training steps sampled, and what they were worth.</summary>
internal sealed class RolloutsCommand : Command, IExplainedCommand
{
    private const int ShownCharacters = 90;

    private readonly ClientOptions _client = new();
    private readonly Argument<string> _job;
    private readonly RolloutFilterOptions _filter = new();
    private readonly Option<int?> _limit = new("--limit", "-n") { Description = "At most this many [default: 20; with --export all]" };
    private readonly Option<string?> _show = new("--show") { Description = "Show one completion in full", HelpName = "STEP/NUMBER" };
    private readonly Option<string?> _export = new("--export") { Description = "Write them with token ids to a file: JSONL or Parquet, by its name", HelpName = "FILE" };

    public RolloutsCommand()
        : base("rollouts", "List, search and export the completions of a job's training steps")
    {
        _job = JobName.Argument(_client);
        Add(_job);
        _filter.AddTo(this);
        Add(_limit);
        Add(_show);
        Add(_export);
        Add(new RolloutsReplayCommand());
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align rollouts a1b2c3d4 --from 100 --reward ..0 --finish length",
        "align rollouts a1b2c3d4 --text \"as an AI\" --limit 5",
        "align rollouts a1b2c3d4 --show 12/3",
        "align rollouts a1b2c3d4 --score format=0 --export wrong.parquet",
        "align rollouts replay a1b2c3d4 --rewards other.yaml",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string name = JobName.Parse(result.GetRequiredValue(_job));
        using AlignClient client = _client.Connect(result);
        if (result.GetValue(_show) is { } place)
        {
            return Show(await FindAsync(client, name, place, cancellationToken), output);
        }

        ListRolloutsRequest request = new() { Name = name, Filter = _filter.Read(result) };
        int limit = result.GetValue(_limit) is not { } given ? 20 : given > 0 ? given : throw new CommandException(ExitCode.BadInput, $"--limit is {given}; it must be at least 1.");
        if (result.GetValue(_export) is { } file)
        {
            request.View = RolloutView.Full;
            Job job = await client.GetAsync(name, cancellationToken);
            string[] sources = [.. job.Spec.Grpo?.Rewards.Select(reward => reward.Name) ?? []];
            int count = await RolloutExport.WriteAsync(file, client.Jobs.ListRolloutsAsync(request, result.GetValue(_limit) ?? int.MaxValue, cancellationToken), sources);
            CommandOutput.Note($"{count} rollouts are in {file}");
            return ExitCode.Ok;
        }

        List<Rollout> rollouts = await client.Jobs.ListRolloutsAsync(request, limit, cancellationToken).ToListAsync(cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new ListRolloutsResponse { Rollouts = { rollouts } });
        }
        else if (rollouts.Count == 0)
        {
            output.Console.WriteLine("No rollout is like that. Jobs of the kind grpo keep theirs, unless `rollouts` in their spec says otherwise.");
        }
        else
        {
            output.Console.Write(Table(rollouts));
        }

        return ExitCode.Ok;
    }

    private static async Task<Rollout> FindAsync(AlignClient client, string name, string place, CancellationToken cancellationToken) => place.Split('/') is [var step, var number]
        && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out int parsedStep) && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int parsedNumber)
            ? await client.Jobs.GetRolloutAsync(name, parsedStep, parsedNumber, cancellationToken)
            : throw new CommandException(ExitCode.BadInput, $"--show {place} is not a place; give STEP/NUMBER, as in --show 12/3.");

    private static ExitCode Show(Rollout rollout, CommandOutput output)
    {
        if (output.IsJson)
        {
            CommandOutput.WriteJson(rollout);
            return ExitCode.Ok;
        }

        Grid grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach ((string label, string value) in Facts(rollout).Where(fact => fact.Value.Length > 0))
        {
            grid.AddRow(new SpectreText(label, new Style(Color.Grey)), new SpectreText(value));
        }

        output.Console.Write(grid);
        return ExitCode.Ok;
    }

    private static IEnumerable<(string Label, string Value)> Facts(Rollout rollout)
    {
        yield return ("place", $"step {rollout.Step}, number {rollout.Number}, group {rollout.Group}");
        yield return ("prompt", rollout.Prompt);
        yield return ("answer", rollout.Source.Answer);
        yield return ("completion", rollout.Completion);
        yield return ("reward", rollout.HasReward ? MetricText.Number(rollout.Reward) : "no score");
        yield return ("scores", string.Join(", ", rollout.Scores.OrderBy(score => score.Key, StringComparer.Ordinal).Select(score => $"{score.Key} {MetricText.Number(score.Value)}")));
        yield return ("advantage", rollout.HasAdvantage ? MetricText.Number(rollout.Advantage) : "none: its group was dropped");
        yield return ("ended", $"{rollout.FinishReason}, after {rollout.TokenCount} tokens");
        yield return ("log-probs", $"mean {MetricText.Number(rollout.LogProbs.Mean)}, min {MetricText.Number(rollout.LogProbs.Min)}"
            + (rollout.LogProbs.HasAboveReference ? $", above the reference {MetricText.Number(rollout.LogProbs.AboveReference)}" : ""));
        yield return ("policy", $"after {rollout.PolicyStep} training steps");
        yield return ("token ids", string.Join(' ', rollout.CompletionTokenIds));
    }

    private static Table Table(IEnumerable<Rollout> rollouts)
    {
        Table table = new Table().RoundedBorder().AddColumns("place", "reward", "advantage", "tokens", "ended", "prompt", "completion");
        foreach (Rollout rollout in rollouts)
        {
            table.AddRow(
                new SpectreText($"{rollout.Step}/{rollout.Number}"),
                new SpectreText(rollout.HasReward ? MetricText.Number(rollout.Reward) : "–").RightJustified(),
                new SpectreText(rollout.HasAdvantage ? MetricText.Number(rollout.Advantage) : "–").RightJustified(),
                new SpectreText(rollout.TokenCount.ToString(CultureInfo.InvariantCulture)).RightJustified(),
                new SpectreText(rollout.FinishReason),
                new SpectreText(OneLine(rollout.Prompt, ShownCharacters / 2)),
                new SpectreText(OneLine(rollout.Completion, ShownCharacters)));
        }

        return table;
    }

    private static string OneLine(string text, int limit) => ShortText.Cut(text.ReplaceLineEndings("⏎"), limit);
}
