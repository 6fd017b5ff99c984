using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using AlignService.Cli.Connections;
using AlignService.Cli.History;
using AlignService.Cli.Output;
using AlignService.Cli.Scoring;
using AlignService.Client;
using AlignService.Contracts.V1;
using AlignService.HuggingFace.Adapters;
using AlignService.Jobs.Rollouts;
using AlignService.Specs;
using AlignService.Specs.Metrics;
using AlignService.Specs.Rewards;
using AlignService.Specs.Violations;
using AlignService.Text.Tokenization;
using AlignService.Training.Advantages;
using Spectre.Console;
using GrpoJob = AlignService.Specs.JobKinds.GrpoJob;
using RolloutFilter = AlignService.Contracts.V1.RolloutFilter;

namespace AlignService.Cli.Commands;

/// <summary>`align rollouts replay`: a job's stored completions under other rewards, without a model.</summary>
internal sealed class RolloutsReplayCommand : Command, IExplainedCommand
{
    private const int ShownRows = 10;

    /// <summary>What rounding cannot explain.</summary>
    private const double LeastChange = 1e-9;

    private readonly ClientOptions _client = new();
    private readonly Argument<string> _job;
    private readonly Option<string> _rewards = new("--rewards") { Description = "A job file of the kind grpo or evaluation, whose rewards score", HelpName = "JOB.yaml", Required = true };
    private readonly Option<int> _from = new("--from") { Description = "First step", HelpName = "STEP" };
    private readonly Option<int> _to = new("--to") { Description = "Last step", HelpName = "STEP" };
    private readonly Option<string?> _tokenizer = new("--tokenizer") { Description = "Directory with the policy's tokenizer, which rewards of segments and models need", HelpName = "DIR" };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "Write every completion with its old and new numbers", HelpName = "FILE.jsonl" };

    public RolloutsReplayCommand()
        : base("replay", "Score a job's stored completions with other rewards, on this machine and without a model")
    {
        _job = JobName.Argument(_client);
        Add(_job);
        foreach (Option option in (Option[])[_rewards, _from, _to, _tokenizer, _output])
        {
            Add(option);
        }

        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align rollouts replay a1b2c3d4 --rewards other.yaml",
        "align rollouts replay a1b2c3d4 --rewards other.yaml --from 1 --to 20 --output replayed.jsonl",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        // 1. Everything that can be wrong, before anything is fetched.
        ScoringRewards rewards = await ScoringRewards.ReadAsync(result.GetRequiredValue(_rewards), cancellationToken);
        using AlignClient client = _client.Connect(result);
        string name = JobName.Parse(result.GetRequiredValue(_job));
        GrpoJob job = JobOf(await client.GetAsync(name, cancellationToken));
        Tokenizer? tokenizer = result.GetValue(_tokenizer) is { } directory ? Tokenizer.Load(AdaptedModel.At(ScoringRewards.Resolve(directory)).BaseDirectory) : null;
        using RewardSet set = (rewards with { MaxCompletionLength = job.Config.Sampling.MaxCompletionLength }).Load(tokenizer, TimeProvider.System);

        // 2. Step by step.
        string[] oldSources = [.. job.Rewards.Select(reward => reward.Name)], newSources = [.. set.Sources.Select(source => source.Name)];
        ReplayEstimator estimator = new(job.Config with { PartialScores = rewards.Partial, ShuffleRewards = false }, set.Sources);
        RolloutReplay replay = new(set, estimator);
        ReplaySummary summary = new();
        PriorityQueue<ReplayedRollout, double> changed = new();
        await using (Stream target = result.GetValue(_output) is { } file ? File.Create(file) : Stream.Null)
        {
            ReplayLines lines = new(target, oldSources, newSources);
            await foreach (IReadOnlyList<RolloutRecord> step in StepsAsync(client, Request(result, name), oldSources, cancellationToken))
            {
                IReadOnlyList<ReplayedRollout> rows = replay.Score(step, CommandOutput.Note, cancellationToken);
                summary.Add(rows);
                foreach (ReplayedRollout row in rows)
                {
                    lines.Write(row);
                    Remember(row, changed);
                }
            }
        }

        // 3. All together.
        Show(summary, changed, estimator, output);
        return summary.Rows > 0 ? ExitCode.Ok : throw new CommandException(ExitCode.NotFound, $"{name} has no rollouts of these steps.");
    }

    private ListRolloutsRequest Request(ParseResult result, string name) => new() { Name = name, View = RolloutView.Full, Filter = new RolloutFilter { FromStep = result.GetValue(_from), ToStep = result.GetValue(_to) } };

    private static GrpoJob JobOf(Job job) => JobSpecWire.Read(job.Spec, null, new ViolationList())?.Kind as GrpoJob
        ?? throw new CommandException(ExitCode.BadInput, $"{job.Name} is not of the kind grpo, and keeps no rollouts.");

    private static async IAsyncEnumerable<IReadOnlyList<RolloutRecord>> StepsAsync(
        AlignClient client, ListRolloutsRequest request, IReadOnlyList<string> sources, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<RolloutRecord> step = [];
        await foreach (Rollout rollout in client.Jobs.ListRolloutsAsync(request, int.MaxValue, cancellationToken))
        {
            if (step.Count > 0 && step[0].Step != rollout.Step)
            {
                yield return step;
                step = [];
            }

            step.Add(RolloutExport.Read(rollout, sources));
        }

        if (step.Count > 0)
        {
            yield return step;
        }
    }

    /// <summary>Keeps those that change most.</summary>
    private static void Remember(ReplayedRollout row, PriorityQueue<ReplayedRollout, double> changed)
    {
        double change = Change(row);
        if (change > LeastChange)
        {
            changed.Enqueue(row, change);
        }

        if (changed.Count > ShownRows)
        {
            changed.Dequeue();
        }
    }

    /// <summary>How much other rewards would have changed what is learned from a completion.</summary>
    private static double Change(ReplayedRollout row) => Math.Abs(row.Advantage is { } advantage ? advantage - row.Before.Advantage : row.NewRank - row.OldRank) is var change && double.IsNaN(change) ? 0 : change;

    private static void Show(ReplaySummary summary, PriorityQueue<ReplayedRollout, double> changed, ReplayEstimator estimator, CommandOutput output)
    {
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new JsonObject
            {
                ["rollouts"] = summary.Rows,
                ["steps"] = summary.Steps,
                ["old_reward_mean"] = Number(summary.OldRewardMean),
                ["reward_mean"] = Number(summary.NewRewardMean),
                ["advantage_correlation"] = Number(summary.AdvantageCorrelation),
                ["opposite_advantages"] = Number(summary.OppositeAdvantages),
                ["turned_pairs"] = Number(summary.TurnedPairs),
                ["other_best"] = Number(summary.OtherBest),
            });
            return;
        }

        output.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{summary.Rows} completions of {summary.Steps} steps: mean reward {Text(summary.OldRewardMean)} before, {Text(summary.NewRewardMean)} now."));
        output.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Pairs of a group in the opposite order: {Share(summary.TurnedPairs)}. Groups with another best completion: {Share(summary.OtherBest)}."));
        output.Console.WriteLine(estimator.HasFormula
            ? $"Advantages: correlation {Text(summary.AdvantageCorrelation)}; with the opposite sign: {Share(summary.OppositeAdvantages)}."
            : "The job's advantages come from a critic or from segments, which a replay cannot estimate.");
        if (changed.Count == 0)
        {
            return;
        }

        Table table = new Table().RoundedBorder().AddColumns("place", "reward", "now", "advantage", "now", "rank", "now", "completion");
        while (changed.TryDequeue(out ReplayedRollout? row, out _))
        {
            string[] numbers = [Text(row.Before.Reward), Text(row.Reward), Text(row.Before.Advantage), Text(row.Advantage ?? double.NaN), Rank(row.OldRank), Rank(row.NewRank)];
            table.InsertRow(0, [
                new SpectreText($"{row.Before.Step}/{row.Before.Number}"),
                .. numbers.Select(text => new SpectreText(text).RightJustified()),
                new SpectreText(AlignService.Text.ShortText.Cut(row.Before.Completion.ReplaceLineEndings("⏎"), 80)),
            ]);
        }

        output.Console.Write(table);
    }

    private static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;

    private static string Text(double value) => double.IsNaN(value) ? "–" : MetricText.Number(value);

    private static string Share(double value) => double.IsNaN(value) ? "–" : value.ToString("P1", CultureInfo.InvariantCulture);

    private static string Rank(int rank) => rank == 0 ? "–" : rank.ToString(CultureInfo.InvariantCulture);
}
