using System.CommandLine;
using System.Globalization;
using AlignService.Cli.Connections;
using AlignService.Cli.JobFiles;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;
using Spectre.Console;
using Given = AlignService.Specs.Prompts.GivenCompletion;

namespace AlignService.Cli.Commands;

/// <summary>`align reward try`: a server scores given completions with a job file's rewards.</summary>
internal sealed class RewardTryCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly CompletionOptions _completions = new();
    private readonly Option<string> _job = new("--job") { Description = "A job file of the kind grpo or evaluation, whose rewards score", HelpName = "JOB.yaml", Required = true };

    public RewardTryCommand()
        : base("try", "Score up to 256 given completions with a job file's rewards, on the server and with its secrets: scores, why there is none, time and calls of each source")
    {
        _completions.AddTo(this);
        Add(_job);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align reward try answers.jsonl --job job.yaml", "align reward try answers.jsonl --job job.yaml --limit 4 --json | jq .sources"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        JobFile file = await JobFile.ReadAsync(result.GetRequiredValue(_job), [], cancellationToken);
        TryRequest request = new() { Spec = file.Spec, Completions = { _completions.Load(result, cancellationToken).Select(Write) } };
        using AlignClient client = _client.Connect(result);
        RewardService.RewardServiceClient service = new(client.Calls);
        TryResponse response = await client.CallAsync(() => service.TryAsync(request, cancellationToken: cancellationToken));
        if (output.IsJson)
        {
            CommandOutput.WriteJson(response);
        }
        else
        {
            output.Console.Write(Scores(response));
            output.Console.Write(Sources(response));
        }

        foreach (string message in response.Messages)
        {
            CommandOutput.Note($"warning: {message}");
        }

        return ExitCode.Ok;
    }

    private static GivenCompletion Write(Given given)
    {
        Prompt prompt = new() { Text = given.Prompt.Text ?? "", Answer = given.Prompt.Answer ?? "", ToolsJson = given.Prompt.ToolsJson ?? "", TemplateArgumentsJson = given.Prompt.TemplateArgumentsJson ?? "" };
        prompt.Metadata.Add(given.Prompt.Metadata.ToDictionary());
        foreach (Specs.Data.PromptMessage turn in given.Prompt.Messages ?? [])
        {
            Message message = new() { Role = turn.Role, FieldsJson = turn.FieldsJson ?? "" };
            if (turn.Content is { } content)
            {
                message.Content = content;
            }

            prompt.Messages.Add(message);
        }

        return new GivenCompletion { Prompt = prompt, Completion = given.Completion, Truncated = given.Truncated };
    }

    private static Table Scores(TryResponse response)
    {
        Table table = new Table().RoundedBorder().AddColumns(["row", .. response.Sources.Select(source => Markup.Escape(source.Name)), "reward", "no score because"]);
        for (int row = 0; row < response.Completions.Count; row++)
        {
            TriedCompletion tried = response.Completions[row];
            IEnumerable<string> reasons = tried.Scores.Where(score => !score.HasScore).Select(score => $"{score.Source}: {score.NoScoreReason}");
            table.AddRow([.. new[] { Number(row) }.Concat(tried.Scores.Select(score => Number(score.HasScore ? score.Score : null))).Append(Number(tried.HasReward ? tried.Reward : null)).Append(string.Join('\n', reasons)).Select(text => new SpectreText(text))]);
        }

        return table;
    }

    private static Table Sources(TryResponse response)
    {
        Table table = new Table().RoundedBorder().AddColumns("source", "seconds", "calls", "retries", "faults", "tokens");
        foreach (TriedSource source in response.Sources)
        {
            table.AddRow(
                new SpectreText(source.Name), new SpectreText(source.Duration.ToTimeSpan().TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture)),
                new SpectreText(Number(source.Calls)), new SpectreText(Number(source.Retries)), new SpectreText(Number(source.Faults)), new SpectreText(Number(source.Tokens)));
        }

        return table;
    }

    private static string Number(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "–";
}
