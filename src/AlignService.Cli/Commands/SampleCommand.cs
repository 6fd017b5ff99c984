using System.CommandLine;
using System.Text.Json.Nodes;
using AlignService.Cli.Connections;
using AlignService.Cli.JobFiles;
using AlignService.Cli.Output;
using AlignService.Cli.Sampling;
using AlignService.Specs.Data;

namespace AlignService.Cli.Commands;

/// <summary>`align sample`: one answer from a local model, or from a server's.</summary>
internal sealed class SampleCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly NamedModel _named = new();
    private readonly SamplingOptions _sampling = new("Key of the random stream; the same seed gives the same answer [default: 0]");
    private readonly Option<string> _model = new("--model", "-m") { Description = $"The model: {NamedModel.Explanation}; with --server, models/ID too", HelpName = "MODEL", Required = true };
    private readonly Option<string> _prompt = new("--prompt", "-p") { Description = "What to answer; - reads standard input", HelpName = "TEXT", Required = true };
    private readonly Option<string?> _system = new("--system") { Description = "The system message", HelpName = "TEXT" };
    private readonly Option<bool> _raw = new("--raw") { Description = "Continue the prompt as plain text, without the chat template" };

    public SampleCommand()
        : base("sample", "Answer a prompt with a local model, or with --server on a server; the text streams to standard output, the speed goes to standard error")
    {
        foreach (var option in new Option[] { _model, _prompt, _system, _raw })
        {
            Add(option);
        }

        _sampling.AddTo(this);
        _named.AddTo(this);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align sample --model models/SmolLM2-135M-Instruct --prompt 'Why is the sky blue?' --temperature 0",
        "align sample --model jobs/a1b2c3d4/checkpoints/best --prompt 'What is 17 + 25?' --seed 3 --json",
        "align sample --server http://gpu1:5080 --model jobs/a1b2c3d4/checkpoints/best --prompt 'What is 17 + 25?'",
        "align sample --model models/stories260K-hf --raw --prompt 'Once upon a time' --max-tokens 64",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        SamplingChoice sampling = _sampling.Read(result);
        Prompt prompt = await ReadPromptAsync(result, cancellationToken);
        string name = result.GetRequiredValue(_model);
        using IAnsweringModel model = _client.NamesServer(result) ? new ServerModel(NamedModel.WithStepName(name), _client.Connect(result)) : LocalModel.Load(_named.Resolve(result, name));

        long start = TimeProvider.System.GetTimestamp();
        ModelAnswer answer = await model.AnswerAsync(prompt, sampling with { Seed = sampling.Seed ?? 0 }, text => Show(text, output), cancellationToken);
        double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;

        double speed = answer.TokenIds.Count / Math.Max(seconds, 1e-9);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(ToJson(answer, seconds, speed));
        }
        else
        {
            await Console.Out.WriteLineAsync();
        }

        CommandOutput.Note($"{answer.TokenIds.Count} tokens after a prompt of {answer.PromptTokenCount}, {speed:0.0} tokens/s, ended by {answer.FinishReason}.");
        return ExitCode.Ok;
    }

    private async Task<Prompt> ReadPromptAsync(ParseResult result, CancellationToken cancellationToken)
    {
        string text = result.GetRequiredValue(_prompt);
        text = text == "-" ? await InputText.ReadStandardInputAsync(cancellationToken) : text;
        string? system = result.GetValue(_system);
        if (result.GetValue(_raw))
        {
            return system is null ? new Prompt(0, text, null, null) : throw new CommandException(ExitCode.BadInput, "--system and --raw exclude each other: plain text cannot hold a system message.");
        }

        PromptMessage[] messages = system is null ? [new("user", text)] : [new("system", system), new("user", text)];
        return new Prompt(0, null, messages, null);
    }

    private static void Show(string text, CommandOutput output)
    {
        if (!output.IsJson)
        {
            Console.Out.Write(text);
            Console.Out.Flush();
        }
    }

    private static JsonObject ToJson(ModelAnswer answer, double seconds, double speed) => new()
    {
        ["text"] = answer.Text,
        ["finish_reason"] = answer.FinishReason,
        ["prompt_tokens"] = answer.PromptTokenCount,
        ["completion_tokens"] = answer.TokenIds.Count,
        ["token_ids"] = new JsonArray([.. answer.TokenIds.Select(id => (JsonNode)id)]),
        ["log_probs"] = new JsonArray([.. answer.LogProbs.Select(logProb => (JsonNode)logProb)]),
        ["seconds"] = Math.Round(seconds, 3),
        ["tokens_per_second"] = Math.Round(speed, 1),
    };
}
