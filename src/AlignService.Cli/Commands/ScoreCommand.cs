using System.CommandLine;
using System.Text.Json.Nodes;
using AlignService.Cli.Output;
using AlignService.Cli.Scoring;
using AlignService.HuggingFace.Adapters;
using AlignService.Specs.Metrics;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Text.Tokenization;
using AlignService.Training.Evaluation;
using AlignService.Worker.Scoring;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align score`: given completions with the rewards of a job file, or with a reward model, without a server.</summary>
internal sealed class ScoreCommand : Command, IExplainedCommand
{
    private readonly CompletionOptions _completions = new();
    private readonly Option<string?> _job = new("--job") { Description = "A job file of the kind grpo or evaluation, whose rewards score", HelpName = "JOB.yaml" };
    private readonly Option<string?> _model = new("--reward-model") { Description = "A reward model's directory, instead of a job file", HelpName = "DIR" };
    private readonly Option<string?> _tokenizer = new("--tokenizer") { Description = "Model whose tokens are counted [default: the job's model, or the reward model]", HelpName = "DIR" };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "Write every row with its scores", HelpName = "FILE.jsonl" };
    private readonly Option<bool> _json = new("--json") { Description = "Write the summary as one JSON document" };

    public ScoreCommand()
        : base("score", "Score given completions with a job's rewards or a reward model, on this machine and without a server")
    {
        _completions.AddTo(this);
        foreach (var option in new Option[] { _job, _model, _tokenizer, _output, _json })
        {
            Add(option);
        }

        this.Run(_json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align score answers.jsonl --job job.yaml --output scores.jsonl",
        "align score data/jobs/a1b2c3d4/checkpoints/step-000012/rows.jsonl --reward-model models/reward --json",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        // 1. Everything that can be wrong, before anything is written.
        ScoringRewards rewards = await ReadRewardsAsync(result, cancellationToken);
        IReadOnlyList<GivenCompletion> completions = _completions.Load(result, cancellationToken);
        Tokenizer tokenizer = Tokenizer.Load(AdaptedModel.At(ScoringRewards.Resolve(result.GetValue(_tokenizer) ?? rewards.TokenizerModel)).BaseDirectory);
        using RewardSet set = rewards.Load(tokenizer, TimeProvider.System);

        // 2. Row by row.
        AnswerJudgement judgement = new(set.Sources, rewards.Evaluation, rewards.Partial);
        List<ScoredAnswer> answers = [];
        string[] sources = [.. set.Sources.Select(source => source.Name)];
        await using (Stream target = result.GetValue(_output) is { } file ? File.Create(file) : Stream.Null)
        {
            ScoreLines lines = new(target, sources, rewards.Evaluation.CountsSuccess);
            foreach (ScoredCompletion row in new CompletionScoring(set, tokenizer, judgement).Score(completions, CommandOutput.Note, cancellationToken))
            {
                lines.Write(row);
                answers.Add(row.Answer);
            }
        }

        // 3. All together.
        EvaluationSummary summary = judgement.Summarize(answers);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new JsonObject { ["rows"] = answers.Count, ["metrics"] = new JsonObject(summary.Metrics.Select(metric => KeyValuePair.Create(metric.Key, (JsonNode?)metric.Value))) });
        }
        else
        {
            output.Console.Write(Table(summary, sources, answers.Count));
        }

        return ExitCode.Ok;
    }

    private async Task<ScoringRewards> ReadRewardsAsync(ParseResult result, CancellationToken cancellationToken) => (result.GetValue(_job), result.GetValue(_model)) switch
    {
        ({ } job, null) => await ScoringRewards.ReadAsync(job, cancellationToken),
        (null, { } model) => ScoringRewards.Of(model),
        _ => throw new CommandException(ExitCode.BadInput, "Give exactly one of --job (a job file with rewards) and --reward-model (a directory)."),
    };

    private static Table Table(EvaluationSummary summary, IReadOnlyList<string> sources, int rowCount)
    {
        Table table = new Table().RoundedBorder().AddColumns("source", "mean ± standard error", "no score");
        IReadOnlyDictionary<string, (double Mean, double? StandardError)> scores = HeldOutScores.From(0, summary.Metrics)?.Scores ?? new Dictionary<string, (double, double?)>();
        foreach (string name in sources.Concat(scores.Keys.Except(sources).Order(StringComparer.Ordinal)))
        {
            double missing = summary.Metrics.GetValueOrDefault(MetricNames.EvalMissingFraction(name));
            table.AddRow(
                new SpectreText(name),
                new SpectreText(scores.TryGetValue(name, out var score) ? MetricText.Score(score.Mean, score.StandardError) : "–").RightJustified(),
                new SpectreText(sources.Contains(name) ? $"{Math.Round(missing * rowCount)} of {rowCount}" : "").RightJustified());
        }

        return table;
    }
}
