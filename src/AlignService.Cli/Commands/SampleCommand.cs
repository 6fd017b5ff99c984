using System.CommandLine;
using System.Text.Json.Nodes;
using AlignService.Cli.JobFiles;
using AlignService.Cli.Output;
using AlignService.Cli.Sampling;
using AlignService.Model.Sampling;
using AlignService.Specs.PolicyOptimization;

namespace AlignService.Cli.Commands;

/// <summary>`align sample`: one answer from a local model.</summary>
internal sealed class SampleCommand : Command, IExplainedCommand
{
    private readonly NamedModel _named = new();
    private readonly Option<string> _model = new("--model", "-m") { Description = $"The model: {NamedModel.Explanation}", HelpName = "MODEL", Required = true };
    private readonly Option<string> _prompt = new("--prompt", "-p") { Description = "What to answer; - reads standard input", HelpName = "TEXT", Required = true };
    private readonly Option<string?> _system = new("--system") { Description = "The system message", HelpName = "TEXT" };
    private readonly Option<bool> _raw = new("--raw") { Description = "Continue the prompt as plain text, without the chat template" };
    private readonly Option<double> _temperature = new("--temperature", "-t") { Description = "Divides the logits, in [0, 2]; 0 is greedy", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _topK = new("--top-k") { Description = "Keep the k likeliest tokens; 0 is off" };
    private readonly Option<double> _topP = new("--top-p") { Description = "Keep the likeliest tokens until their mass reaches this, in (0, 1]; 1 is off", DefaultValueFactory = _ => 1 };
    private readonly Option<double> _minP = new("--min-p") { Description = "Keep tokens with at least this share of the largest probability, in [0, 1); 0 is off" };
    private readonly Option<double> _repetitionPenalty = new("--repetition-penalty") { Description = "Above 0; 1 is off", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> _maxTokens = new("--max-tokens", "-n") { Description = "Maximum tokens of the answer [default: 256, or what the model's context has room for]", HelpName = "N" };
    private readonly Option<string[]> _stop = new("--stop") { Description = "Text that ends the answer; may be repeated", HelpName = "TEXT" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Key of the random stream; the same seed gives the same answer", HelpName = "N" };
    private readonly Option<bool> _json = new("--json") { Description = "Write the answer as one JSON document" };

    public SampleCommand()
        : base("sample", "Answer a prompt with a local model; the text streams to standard output, the speed goes to standard error")
    {
        foreach (var option in new Option[] { _model, _prompt, _system, _raw, _temperature, _topK, _topP, _minP, _repetitionPenalty, _maxTokens, _stop, _seed, _json })
        {
            Add(option);
        }

        _named.AddTo(this);
        this.Run(_json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align sample --model models/SmolLM2-135M-Instruct --prompt 'Why is the sky blue?' --temperature 0",
        "align sample --model jobs/a1b2c3d4/checkpoints/best --prompt 'What is 17 + 25?' --seed 3 --json",
        "align sample --model models/stories260K-hf --raw --prompt 'Once upon a time' --max-tokens 64",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        var options = await ReadAsync(result, cancellationToken);
        SamplingRanges.Check(options.Config, options.MaxTokens);
        using var model = LocalModel.Load(options.Model);
        var promptIds = model.Encode(options);

        long start = TimeProvider.System.GetTimestamp();
        var completion = model.Answer(promptIds, options, text => Show(text, output), cancellationToken);
        double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;

        double speed = completion.TokenIds.Count / Math.Max(seconds, 1e-9);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(ToJson(completion, promptIds.Count, seconds, speed));
        }
        else
        {
            await Console.Out.WriteLineAsync();
        }

        CommandOutput.Note($"{completion.TokenIds.Count} tokens after a prompt of {promptIds.Count}, {speed:0.0} tokens/s, ended by {FinishReasons.NameOf(completion.FinishReason)}.");
        return ExitCode.Ok;
    }

    private async Task<SampleOptions> ReadAsync(ParseResult result, CancellationToken cancellationToken)
    {
        string prompt = result.GetRequiredValue(_prompt);
        return new SampleOptions
        {
            Model = _named.Resolve(result, result.GetRequiredValue(_model)),
            Prompt = prompt == "-" ? await InputText.ReadStandardInputAsync(cancellationToken) : prompt,
            System = result.GetValue(_system),
            Raw = result.GetValue(_raw),
            Seed = result.GetValue(_seed),
            MaxTokens = result.GetValue(_maxTokens),
            Config = new SamplingConfig
            {
                Temperature = result.GetValue(_temperature),
                TopK = result.GetValue(_topK),
                TopP = result.GetValue(_topP),
                MinP = result.GetValue(_minP),
                RepetitionPenalty = result.GetValue(_repetitionPenalty),
                StopStrings = result.GetValue(_stop) ?? [],
            },
        };
    }

    private static void Show(string text, CommandOutput output)
    {
        if (!output.IsJson)
        {
            Console.Out.Write(text);
            Console.Out.Flush();
        }
    }

    private static JsonObject ToJson(Completion completion, int promptTokens, double seconds, double speed) => new()
    {
        ["text"] = completion.Text,
        ["finish_reason"] = FinishReasons.NameOf(completion.FinishReason),
        ["prompt_tokens"] = promptTokens,
        ["completion_tokens"] = completion.TokenIds.Count,
        ["token_ids"] = new JsonArray([.. completion.TokenIds.Select(id => (JsonNode)id)]),
        ["log_probs"] = new JsonArray([.. completion.LogProbs.Select(logProb => (JsonNode)logProb)]),
        ["seconds"] = Math.Round(seconds, 3),
        ["tokens_per_second"] = Math.Round(speed, 1),
    };
}
